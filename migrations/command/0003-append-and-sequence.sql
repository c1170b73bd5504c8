-- Runs appends that share a transaction, each with its streams and events, its idempotency record and the command side's rows.
-- Each is appended or refused by itself and gets one row of the answer. Arrays with p_append_ hold one element an append,
-- p_stream_ one a stream, p_event_ one an event; the number of its append comes first, and they are in that order. The
-- events of an append are in the order of their streams' names, one order for everybody, so that two appends to the same
-- streams cannot wait for each other.
-- Versions are checked before a ticket is drawn. A concurrent append that this one could not see ends in a unique violation
-- of events_pkey, which undoes the whole transaction, as any other error does.
-- At the end it gives positions to at most p_sequence_limit tickets, its own among them, unless somebody else is doing that:
-- it never waits to. 0 leaves it to somebody else.
-- One statement an element: for the few there are, that takes less time than a set.
CREATE FUNCTION append_events(
  p_append_scope text[], p_append_key text[], p_append_body_hash text[], p_append_response text[], p_append_metadata text[],
  p_append_session json[], p_append_decisions json[], p_append_configuration json[],
  p_stream_append integer[], p_stream_name text[], p_stream_expected integer[], p_stream_events integer[],
  p_event_append integer[], p_event_stream text[], p_event_version integer[], p_event_id uuid[], p_event_type text[],
  p_event_schema_version integer[], p_event_data text[],
  p_sequence_limit integer
) RETURNS TABLE (
  append integer, kind text, ticket bigint, recorded_at text,
  conflict_stream text, conflict_version integer, first_body_hash text, first_response text,
  -- in the last row: tickets that were given positions, and the position of the last event of each
  sequenced_tickets bigint[], sequenced_positions bigint[]
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_now timestamptz;
  v_appended boolean := false;
  v_stream integer := 1;
  v_event integer := 1;
  v_first_stream integer;
  v_first_event integer;
  v_version integer;
  v_ticket bigint;
BEGIN
  FOR v_append IN 1 .. cardinality(p_append_key) LOOP
    append := v_append;
    kind := NULL;
    ticket := NULL;
    recorded_at := NULL;
    conflict_stream := NULL;
    conflict_version := NULL;
    first_body_hash := NULL;
    first_response := NULL;
    -- its streams are those from v_first_stream to before v_stream, its events likewise
    v_first_stream := v_stream;
    v_first_event := v_event;
    WHILE p_stream_append[v_stream] = v_append LOOP
      v_stream := v_stream + 1;
    END LOOP;
    WHILE p_event_append[v_event] = v_append LOOP
      v_event := v_event + 1;
    END LOOP;

    IF p_append_key[v_append] IS NOT NULL THEN
      -- waits for a concurrent holder of the same key to commit or to give up
      INSERT INTO idempotency_records (scope, key, body_hash, response) VALUES
        (p_append_scope[v_append], p_append_key[v_append], p_append_body_hash[v_append], p_append_response[v_append])
        ON CONFLICT DO NOTHING;
      IF NOT FOUND THEN
        kind := 'REPEAT';
        SELECT r.body_hash, r.response INTO first_body_hash, first_response FROM idempotency_records r
          WHERE r.scope = p_append_scope[v_append] AND r.key = p_append_key[v_append];
        RETURN NEXT;
        CONTINUE;
      END IF;
    END IF;

    FOR i IN v_first_stream .. v_stream - 1 LOOP
      SELECT e.version INTO v_version FROM events e WHERE e.stream = p_stream_name[i] ORDER BY e.version DESC LIMIT 1;
      IF coalesce(v_version, 0) <> p_stream_expected[i] THEN
        kind := 'CONFLICT';
        conflict_stream := p_stream_name[i];
        conflict_version := coalesce(v_version, 0);
        EXIT;
      END IF;
    END LOOP;
    IF kind = 'CONFLICT' THEN
      DELETE FROM idempotency_records r WHERE r.scope = p_append_scope[v_append] AND r.key = p_append_key[v_append];
      RETURN NEXT;
      CONTINUE;
    END IF;

    -- milliseconds, because that is what a JavaScript time holds
    v_now := date_trunc('milliseconds', clock_timestamp());
    FOR i IN v_first_event .. v_event - 1 LOOP
      INSERT INTO events (stream, version, id, type, schema_version, data, metadata, recorded_at) VALUES (
        p_event_stream[i], p_event_version[i], p_event_id[i], p_event_type[i], p_event_schema_version[i], p_event_data[i],
        p_append_metadata[v_append], v_now);
    END LOOP;

    IF p_append_session[v_append] IS NOT NULL THEN
      INSERT INTO coordination_sessions
          (coordination_id, signals_processed, decisions_generated, coordination_quality, processing_time_ms)
        SELECT s.* FROM json_to_record(p_append_session[v_append]) AS s (
          coordination_id text, signals_processed integer, decisions_generated integer,
          coordination_quality double precision, processing_time_ms double precision);
    END IF;
    IF p_append_decisions[v_append] IS NOT NULL THEN
      INSERT INTO coordination_decisions
          (coordination_id, decision_id, instrument_id, action, quantity, priority, confidence, reasoning, portfolio_impact)
        SELECT d.* FROM json_to_recordset(p_append_decisions[v_append]) AS d (
          coordination_id text, decision_id text, instrument_id text, action text, quantity double precision,
          priority integer, confidence double precision, reasoning json, portfolio_impact json);
    END IF;
    IF p_append_configuration[v_append] IS NOT NULL THEN
      INSERT INTO coordination_configurations
          (config_name, coordination_parameters, priority_weights, risk_limits, enabled)
        SELECT c.* FROM json_to_record(p_append_configuration[v_append]) AS c (
          config_name text, coordination_parameters json, priority_weights json, risk_limits json, enabled boolean)
        ON CONFLICT (config_name) DO UPDATE SET
          coordination_parameters = excluded.coordination_parameters, priority_weights = excluded.priority_weights,
          risk_limits = excluded.risk_limits, enabled = excluded.enabled;
    END IF;

    FOR i IN v_first_stream .. v_stream - 1 LOOP
      INSERT INTO pending AS p (stream, from_version, to_version)
        VALUES (p_stream_name[i], p_stream_expected[i] + 1, p_stream_expected[i] + p_stream_events[i])
        RETURNING p.ticket INTO v_ticket;
    END LOOP;
    v_appended := true;
    kind := 'APPENDED';
    ticket := v_ticket;
    recorded_at := to_char(v_now AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
    RETURN NEXT;
  END LOOP;

  IF v_appended AND p_sequence_limit > 0 THEN
    RETURN QUERY SELECT NULL::integer, NULL::text, NULL::bigint, NULL::text, NULL::text, NULL::integer, NULL::text, NULL::text,
      s.tickets, s.positions FROM sequence_pending(p_sequence_limit, false) s;
  END IF;
END
$$;

-- Gives the next positions to at most p_limit of the lowest tickets and returns them with the position of their last event.
-- One caller at a time: another one waits for the lock and then sees what is left, or returns at once if it is not to wait.
-- Positions are contiguous because the lock is held until they are committed, or rolled back and given again.
CREATE FUNCTION sequence_pending(p_limit integer, p_wait boolean, OUT tickets bigint[], OUT positions bigint[])
LANGUAGE plpgsql AS $$
DECLARE
  v_last bigint;
  v_pending record;
BEGIN
  tickets := '{}';
  positions := '{}';
  IF p_wait THEN
    SELECT s.last_position INTO STRICT v_last FROM sequencer s FOR UPDATE;
  ELSE
    SELECT s.last_position INTO v_last FROM sequencer s FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
      RETURN;
    END IF;
  END IF;
  -- A statement of its own, whose snapshot begins under the lock. Who commits after it is sequenced later, whatever the ticket.
  FOR v_pending IN
    SELECT p.ticket, p.stream, p.from_version, p.to_version FROM pending p ORDER BY p.ticket LIMIT p_limit
  LOOP
    FOR v_version IN v_pending.from_version .. v_pending.to_version LOOP
      v_last := v_last + 1;
      INSERT INTO log (position, stream, version) VALUES (v_last, v_pending.stream, v_version);
    END LOOP;
    tickets := tickets || v_pending.ticket;
    positions := positions || v_last;
  END LOOP;
  IF tickets <> '{}' THEN
    DELETE FROM pending p WHERE p.ticket = ANY (tickets);
    UPDATE sequencer SET last_position = v_last;
    PERFORM pg_notify('log_sequenced', v_last::text);
  END IF;
END
$$;

-- Plans are kept, and a table that was empty when it was looked at would be read from end to end ever after.
ALTER FUNCTION append_events SET enable_seqscan = off;
ALTER FUNCTION sequence_pending SET enable_seqscan = off;
