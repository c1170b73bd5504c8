-- An append in fewer statements, and what a what-if replay decides under.

-- As before, in what it promises and in what it answers; in how it does it:
-- - The events of appends that follow each other in the arguments are inserted together (`v_run_first` is the first of those
--   that are not yet), and before anybody looks for the head of a stream that has some among them.
-- - Positions are given here where the sequencer's lock is free and nothing older is pending: then nothing is written to
--   `pending`. The ticket of such an append is the negative of its number.
CREATE OR REPLACE FUNCTION append_events(
  p_append_scope text[], p_append_key text[], p_append_body_hash text[], p_append_response text[], p_append_metadata text[],
  p_append_session json[], p_append_decisions json[], p_append_configuration json[],
  p_stream_append integer[], p_stream_name text[], p_stream_expected integer[], p_stream_events integer[],
  p_event_append integer[], p_event_stream text[], p_event_version integer[], p_event_id uuid[], p_event_type text[],
  p_event_schema_version integer[], p_event_data text[],
  p_sequence_limit integer,
  p_append_tenant text[] DEFAULT NULL
) RETURNS TABLE (
  append integer, kind text, ticket bigint, recorded_at text,
  conflict_stream text, conflict_version integer, first_body_hash text, first_response text,
  -- in the last row: tickets that were given positions, and the position of the last event of each
  sequenced_tickets bigint[], sequenced_positions bigint[]
) LANGUAGE plpgsql
-- plans are kept, and a table that was empty when it was looked at would be read from end to end ever after
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_appends CONSTANT integer := cardinality(p_append_key);
  v_now timestamptz;
  v_clock timestamptz;
  v_time text;
  v_stream integer := 1;
  v_event integer := 1;
  v_first_stream integer;
  v_first_event integer;
  v_tenant text;
  v_version integer;
  v_hash bytea;
  -- the last event's hash of each stream, for an append to several
  v_heads bytea[];
  -- by the number of the append
  v_times timestamptz[];
  v_time_texts text[];
  -- by the number of the event
  v_hashes bytea[];
  -- of the events that are not inserted yet; null where there are none
  v_run_first integer;
  v_run_streams text[] := '{}';
  -- what is appended, in the order of its positions: numbers of events, and of streams
  v_order integer[] := '{}';
  v_appended integer[] := '{}';
  v_streams_appended integer[] := '{}';
  -- where the events of a stream begin among all, and that of each of v_streams_appended
  v_place integer;
  v_places integer[] := '{}';
  -- what the events of an append have in common of what is hashed
  v_hashed_before CONSTANT bytea := hashed_field('coordination-event/1');
  v_hashed_between bytea;
  v_hashed_after bytea;
  v_leads boolean := false;
  v_last bigint;
  v_log_hash bytea;
  v_log_hashes bytea[] := '{}';
  v_tickets bigint[] := '{}';
  v_positions bigint[] := '{}';
BEGIN
  FOR v_append IN 1 .. v_appends LOOP
    append := v_append;
    kind := NULL;
    v_tenant := coalesce(p_append_tenant[v_append], 'default');
    -- its streams are those from v_first_stream to before v_stream, its events likewise
    v_first_stream := v_stream;
    v_first_event := v_event;
    WHILE p_stream_append[v_stream] = v_append LOOP
      v_event := v_event + p_stream_events[v_stream];
      v_stream := v_stream + 1;
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
      END IF;
    END IF;

    IF kind IS NULL THEN
      v_heads := '{}';
      FOR i IN v_first_stream .. v_stream - 1 LOOP
        IF v_run_first IS NOT NULL AND p_stream_name[i] = ANY (v_run_streams) THEN
          INSERT INTO events (tenant, stream, version, id, type, schema_version, data, metadata, recorded_at, hash)
            SELECT coalesce(p_append_tenant[p_event_append[n]], 'default'), p_event_stream[n], p_event_version[n],
              p_event_id[n], p_event_type[n], p_event_schema_version[n], p_event_data[n],
              p_append_metadata[p_event_append[n]], v_times[p_event_append[n]], v_hashes[n]
            FROM generate_series(v_run_first, v_first_event - 1) n;
          v_run_first := NULL;
          v_run_streams := '{}';
        END IF;
        SELECT e.version, e.hash INTO v_version, v_hash FROM events e
          WHERE e.tenant = v_tenant AND e.stream = p_stream_name[i] ORDER BY e.version DESC LIMIT 1;
        IF coalesce(v_version, 0) <> p_stream_expected[i] THEN
          kind := 'CONFLICT';
          conflict_stream := p_stream_name[i];
          conflict_version := coalesce(v_version, 0);
          DELETE FROM idempotency_records r
            WHERE r.scope = p_append_scope[v_append] AND r.key = p_append_key[v_append];
          EXIT;
        END IF;
        v_hash := coalesce(v_hash, '');
        IF v_stream - v_first_stream > 1 THEN
          v_heads := v_heads || v_hash;
        END IF;
      END LOOP;
    END IF;

    IF kind IS NOT NULL THEN
      RETURN NEXT;
      first_body_hash := NULL;
      first_response := NULL;
      conflict_stream := NULL;
      conflict_version := NULL;
      IF v_run_first IS NOT NULL THEN
        INSERT INTO events (tenant, stream, version, id, type, schema_version, data, metadata, recorded_at, hash)
          SELECT coalesce(p_append_tenant[p_event_append[n]], 'default'), p_event_stream[n], p_event_version[n],
            p_event_id[n], p_event_type[n], p_event_schema_version[n], p_event_data[n],
            p_append_metadata[p_event_append[n]], v_times[p_event_append[n]], v_hashes[n]
          FROM generate_series(v_run_first, v_first_event - 1) n;
        v_run_first := NULL;
        v_run_streams := '{}';
      END IF;
      CONTINUE;
    END IF;

    -- milliseconds, because that is what a JavaScript time holds
    v_clock := date_trunc('milliseconds', clock_timestamp());
    IF v_now IS DISTINCT FROM v_clock THEN
      v_now := v_clock;
      v_time := event_time(v_now);
    END IF;
    -- event_hash, with what is the same for all of them put together once
    v_hashed_between := hashed_field(v_tenant);
    v_hashed_after := hashed_field(v_time) || hashed_field(p_append_metadata[v_append]);
    v_times[v_append] := v_now;
    v_time_texts[v_append] := v_time;
    FOR i IN v_first_event .. v_event - 1 LOOP
      IF v_heads <> '{}' AND (i = v_first_event OR p_event_stream[i] <> p_event_stream[i - 1]) THEN
        v_hash := v_heads[array_position(p_stream_name[v_first_stream : v_stream - 1], p_event_stream[i])];
      END IF;
      v_hash := sha256(v_hashed_before || int4send(octet_length(v_hash)) || v_hash || v_hashed_between
        || hashed_field(p_event_stream[i]) || hashed_field(p_event_version[i]::text) || hashed_field(p_event_id[i]::text)
        || hashed_field(p_event_type[i]) || hashed_field(p_event_schema_version[i]::text) || v_hashed_after
        || hashed_field(p_event_data[i]));
      v_hashes[i] := v_hash;
    END LOOP;
    v_run_first := coalesce(v_run_first, v_first_event);

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

    v_appended := v_appended || v_append;
    v_place := v_first_event;
    FOR i IN v_first_stream .. v_stream - 1 LOOP
      IF v_heads <> '{}' THEN
        v_place := v_first_event - 1 + array_position(p_event_stream[v_first_event : v_event - 1], p_stream_name[i]);
      END IF;
      v_streams_appended := v_streams_appended || i;
      v_places := v_places || v_place;
      FOR n IN v_place .. v_place + p_stream_events[i] - 1 LOOP
        v_order := v_order || n;
      END LOOP;
      IF v_appends > 1 THEN
        v_run_streams := v_run_streams || p_stream_name[i];
      END IF;
    END LOOP;
  END LOOP;

  IF v_appended = '{}' THEN
    RETURN;
  END IF;
  IF v_run_first = v_event - 1 THEN
    -- one event is faster by itself
    INSERT INTO events (tenant, stream, version, id, type, schema_version, data, metadata, recorded_at, hash) VALUES (
      v_tenant, p_event_stream[v_run_first], p_event_version[v_run_first],
      p_event_id[v_run_first], p_event_type[v_run_first], p_event_schema_version[v_run_first], p_event_data[v_run_first],
      p_append_metadata[v_appends], v_now, v_hashes[v_run_first]);
  ELSIF v_run_first IS NOT NULL THEN
    INSERT INTO events (tenant, stream, version, id, type, schema_version, data, metadata, recorded_at, hash)
      SELECT coalesce(p_append_tenant[p_event_append[n]], 'default'), p_event_stream[n], p_event_version[n],
        p_event_id[n], p_event_type[n], p_event_schema_version[n], p_event_data[n],
        p_append_metadata[p_event_append[n]], v_times[p_event_append[n]], v_hashes[n]
      FROM generate_series(v_run_first, v_event - 1) n;
  END IF;

  IF p_sequence_limit > 0 THEN
    SELECT s.last_position, s.last_hash INTO v_last, v_log_hash FROM sequencer s FOR UPDATE SKIP LOCKED;
    v_leads := FOUND;
    -- A statement of its own, whose snapshot begins under the lock: what came before us in our streams is in it.
    IF v_leads AND EXISTS (SELECT FROM pending) THEN
      SELECT s.tickets, s.positions INTO v_tickets, v_positions FROM sequence_pending(p_sequence_limit, false) s;
      -- where there may be more, ours wait behind it
      v_leads := cardinality(v_tickets) < p_sequence_limit;
      SELECT s.last_position, s.last_hash INTO v_last, v_log_hash FROM sequencer s;
    END IF;
  END IF;

  v_stream := 1;
  IF v_leads THEN
    FOREACH v_event IN ARRAY v_order LOOP
      v_log_hash := log_hash(v_log_hash, v_hashes[v_event]);
      v_log_hashes := v_log_hashes || v_log_hash;
    END LOOP;
    IF cardinality(v_order) = 1 THEN
      INSERT INTO log (position, tenant, stream, version, hash) VALUES (
        v_last + 1, coalesce(p_append_tenant[p_event_append[v_event]], 'default'), p_event_stream[v_event], p_event_version[v_event], v_log_hash);
    ELSE
      INSERT INTO log (position, tenant, stream, version, hash)
        SELECT v_last + n, coalesce(p_append_tenant[p_event_append[v_order[n]]], 'default'), p_event_stream[v_order[n]],
          p_event_version[v_order[n]], v_log_hashes[n]
        FROM generate_series(1, cardinality(v_order)) n;
    END IF;
    FOREACH v_stream IN ARRAY v_streams_appended LOOP
      v_last := v_last + p_stream_events[v_stream];
      -- the last stream of an append tells where its last event is
      IF p_stream_append[v_stream + 1] IS DISTINCT FROM p_stream_append[v_stream] THEN
        v_tickets := v_tickets || -p_stream_append[v_stream]::bigint;
        v_positions := v_positions || v_last;
      END IF;
    END LOOP;
    UPDATE sequencer SET last_position = v_last, last_hash = v_log_hash;
    PERFORM pg_notify('log_sequenced', v_last::text);
  END IF;

  kind := 'APPENDED';
  v_first_stream := 1;
  FOREACH append IN ARRAY v_appended LOOP
    ticket := -append;
    recorded_at := v_time_texts[append];
    IF NOT v_leads THEN
      WHILE p_stream_append[v_streams_appended[v_first_stream]] = append LOOP
        v_stream := v_streams_appended[v_first_stream];
        v_version := p_stream_expected[v_stream];
        INSERT INTO pending AS p (tenant, stream, from_version, to_version, hashes) VALUES (
          coalesce(p_append_tenant[append], 'default'), p_stream_name[v_stream], v_version + 1,
          v_version + p_stream_events[v_stream],
          v_hashes[v_places[v_first_stream] : v_places[v_first_stream] + p_stream_events[v_stream] - 1])
          RETURNING p.ticket INTO ticket;
        v_first_stream := v_first_stream + 1;
      END LOOP;
    END IF;
    RETURN NEXT;
  END LOOP;

  IF v_tickets <> '{}' THEN
    RETURN QUERY SELECT NULL::integer, NULL::text, NULL::bigint, NULL::text, NULL::text, NULL::integer, NULL::text, NULL::text,
      v_tickets, v_positions;
  END IF;
END
$$;

DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION append_events SECURITY DEFINER SET search_path = %I, pg_temp', current_schema());
END
$$;

-- Of a what-if replay: the stored configuration as it was when the replay was asked for, {name, version, parameters}; whoever
-- takes the job up goes on under the same. Null where it names none.
ALTER TABLE replays ADD COLUMN configuration json;
