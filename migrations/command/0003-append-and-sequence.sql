-- Appends to one or more streams, with the idempotency record and the command side's rows, or does nothing and says why.
-- Streams and events come as arrays, one element each; the events in the order of their streams' names, which is one order
-- for everybody, so that two appends to the same streams cannot wait for each other. Versions are checked before a ticket
-- is drawn. A concurrent append that this one could not see ends in a unique violation of events_pkey.
-- One statement an element: for the one or two there are, that takes half the time of a set.
-- At the end it gives positions to at most p_sequence_limit tickets, its own among them, unless somebody else is doing that:
-- it never waits to. 0 leaves it to somebody else.
CREATE FUNCTION append_events(
  p_scope text, p_key text, p_body_hash text, p_response text,
  p_streams text[], p_expected integer[], p_counts integer[],
  p_event_streams text[], p_versions integer[], p_ids uuid[], p_types text[], p_schema_versions integer[], p_data text[],
  p_metadata text,
  p_session json, p_decisions json, p_configuration json,
  p_sequence_limit integer,
  OUT kind text, OUT ticket bigint, OUT recorded_at text,
  OUT conflict_stream text, OUT conflict_version integer, OUT first_body_hash text, OUT first_response text,
  OUT sequenced_tickets bigint[], OUT sequenced_positions bigint[]
) LANGUAGE plpgsql AS $$
DECLARE
  -- milliseconds, because that is what a JavaScript time holds
  v_now timestamptz := date_trunc('milliseconds', clock_timestamp());
BEGIN
  IF p_key IS NOT NULL THEN
    -- waits for a concurrent holder of the same key to commit or to give up
    INSERT INTO idempotency_records (scope, key, body_hash, response) VALUES (p_scope, p_key, p_body_hash, p_response)
      ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
      kind := 'REPEAT';
      SELECT r.body_hash, r.response INTO first_body_hash, first_response
        FROM idempotency_records r WHERE r.scope = p_scope AND r.key = p_key;
      RETURN;
    END IF;
  END IF;

  FOR i IN 1 .. cardinality(p_streams) LOOP
    SELECT e.version INTO conflict_version FROM events e WHERE e.stream = p_streams[i] ORDER BY e.version DESC LIMIT 1;
    conflict_version := coalesce(conflict_version, 0);
    IF conflict_version <> p_expected[i] THEN
      kind := 'CONFLICT';
      conflict_stream := p_streams[i];
      DELETE FROM idempotency_records r WHERE r.scope = p_scope AND r.key = p_key;
      RETURN;
    END IF;
  END LOOP;

  FOR i IN 1 .. cardinality(p_ids) LOOP
    INSERT INTO events (stream, version, id, type, schema_version, data, metadata, recorded_at) VALUES
      (p_event_streams[i], p_versions[i], p_ids[i], p_types[i], p_schema_versions[i], p_data[i], p_metadata, v_now);
  END LOOP;

  IF p_session IS NOT NULL THEN
    INSERT INTO coordination_sessions
        (coordination_id, signals_processed, decisions_generated, coordination_quality, processing_time_ms)
      SELECT s.* FROM json_to_record(p_session) AS s (
        coordination_id text, signals_processed integer, decisions_generated integer,
        coordination_quality double precision, processing_time_ms double precision);
  END IF;
  IF p_decisions IS NOT NULL THEN
    INSERT INTO coordination_decisions
        (coordination_id, decision_id, instrument_id, action, quantity, priority, confidence, reasoning, portfolio_impact)
      SELECT d.* FROM json_to_recordset(p_decisions) AS d (
        coordination_id text, decision_id text, instrument_id text, action text, quantity double precision,
        priority integer, confidence double precision, reasoning json, portfolio_impact json);
  END IF;
  IF p_configuration IS NOT NULL THEN
    INSERT INTO coordination_configurations
        (config_name, coordination_parameters, priority_weights, risk_limits, enabled)
      SELECT c.* FROM json_to_record(p_configuration) AS c (
        config_name text, coordination_parameters json, priority_weights json, risk_limits json, enabled boolean)
      ON CONFLICT (config_name) DO UPDATE SET
        coordination_parameters = excluded.coordination_parameters, priority_weights = excluded.priority_weights,
        risk_limits = excluded.risk_limits, enabled = excluded.enabled;
  END IF;

  FOR i IN 1 .. cardinality(p_streams) LOOP
    INSERT INTO pending AS p (stream, from_version, to_version)
      VALUES (p_streams[i], p_expected[i] + 1, p_expected[i] + p_counts[i]) RETURNING p.ticket INTO ticket;
  END LOOP;
  IF p_sequence_limit > 0 THEN
    SELECT s.tickets, s.positions INTO sequenced_tickets, sequenced_positions FROM sequence_pending(p_sequence_limit, false) s;
  END IF;
  kind := 'APPENDED';
  recorded_at := to_char(v_now AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
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
