-- Streams are named by tenant and stream, and every event carries the hash of its bytes and of the event before it in its
-- stream; the log carries a hash over its order. Who changes an event, or the order, breaks a chain that anybody can
-- recompute (docs/audit.md has the bytes).

DO $$
BEGIN
  IF current_setting('server_encoding') <> 'UTF8' THEN
    RAISE EXCEPTION 'The database must be made with the encoding UTF8: what is hashed is UTF-8.';
  END IF;
END
$$;

ALTER TABLE events ADD COLUMN tenant text NOT NULL DEFAULT 'default', ADD COLUMN hash bytea;
ALTER TABLE events DROP CONSTRAINT events_pkey, ADD CONSTRAINT events_pkey PRIMARY KEY (tenant, stream, version);
-- of the events, in the order of their versions: who gives them positions need not look them up
ALTER TABLE pending ADD COLUMN tenant text NOT NULL DEFAULT 'default', ADD COLUMN hashes bytea[];
ALTER TABLE log ADD COLUMN tenant text NOT NULL DEFAULT 'default', ADD COLUMN hash bytea;
ALTER TABLE log DROP CONSTRAINT log_stream_version_key, ADD CONSTRAINT log_event_key UNIQUE (tenant, stream, version);
ALTER TABLE sequencer ADD COLUMN last_hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex');

-- A text as it is hashed: its length in bytes (4 bytes, the highest first), then its bytes in UTF-8.
CREATE FUNCTION hashed_field(value text) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE
RETURN int4send(octet_length(value)) || convert_to(value, 'UTF8');

-- The hash of an event. `previous` is the hash of the event before it in its stream, of no length before the first.
CREATE FUNCTION event_hash(
  previous bytea, tenant text, stream text, version integer, id uuid, type text, schema_version integer, recorded_at text,
  metadata text, data text
) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE
RETURN sha256(
  hashed_field('coordination-event/1') || int4send(octet_length(previous)) || previous || hashed_field(tenant)
  || hashed_field(stream) || hashed_field(version::text) || hashed_field(id::text) || hashed_field(type)
  || hashed_field(schema_version::text) || hashed_field(recorded_at) || hashed_field(metadata) || hashed_field(data));

-- As it is hashed and shown: to the millisecond, in UTC.
CREATE FUNCTION event_time(recorded_at timestamptz) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

-- The hash of the log up to an event, from the one before it and the event's own.
CREATE FUNCTION log_hash(previous bytea, event_hash bytea) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN sha256('\x02'::bytea || previous || event_hash);

-- What was stored before this migration is hashed as it is now.
DO $$
DECLARE
  v_event record;
  v_stream text;
  v_hash bytea := decode(repeat('00', 32), 'hex');
BEGIN
  FOR v_event IN SELECT * FROM events e ORDER BY e.stream, e.version LOOP
    IF v_stream IS DISTINCT FROM v_event.stream THEN
      v_stream := v_event.stream;
      v_hash := '';
    END IF;
    v_hash := event_hash(v_hash, v_event.tenant, v_event.stream, v_event.version, v_event.id, v_event.type,
      v_event.schema_version, event_time(v_event.recorded_at), v_event.metadata, v_event.data);
    UPDATE events e SET hash = v_hash
      WHERE e.tenant = v_event.tenant AND e.stream = v_event.stream AND e.version = v_event.version;
  END LOOP;
  v_hash := decode(repeat('00', 32), 'hex');
  FOR v_event IN
    SELECT l.position, e.hash FROM log l JOIN events e ON e.tenant = l.tenant AND e.stream = l.stream AND e.version = l.version
    ORDER BY l.position
  LOOP
    v_hash := log_hash(v_hash, v_event.hash);
    UPDATE log l SET hash = v_hash WHERE l.position = v_event.position;
  END LOOP;
  UPDATE sequencer SET last_hash = v_hash;
  UPDATE pending p SET hashes = (
    SELECT array_agg(e.hash ORDER BY e.version) FROM events e
    WHERE e.tenant = p.tenant AND e.stream = p.stream AND e.version BETWEEN p.from_version AND p.to_version);
END
$$;
ALTER TABLE events ALTER COLUMN hash SET NOT NULL;
ALTER TABLE pending ALTER COLUMN hashes SET NOT NULL;
ALTER TABLE log ALTER COLUMN hash SET NOT NULL;

-- As before, with a tenant for each append (its streams and events are that tenant's; without the array, `default`), and
-- with the hashes: the head of each stream is read where its version is looked at, so that hashing reads nothing more.
DROP FUNCTION append_events;
CREATE FUNCTION append_events(
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
  v_now timestamptz;
  v_appended boolean := false;
  v_stream integer := 1;
  v_event integer := 1;
  v_first_stream integer;
  v_first_event integer;
  v_tenant text;
  v_version integer;
  v_hash bytea;
  -- the last event's hash of each stream, for an append to several
  v_heads bytea[];
  v_hashes bytea[];
  -- where the events of a stream begin among those of the append
  v_place integer;
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
    v_tenant := coalesce(p_append_tenant[v_append], 'default');
    v_heads := '{}';
    v_hashes := '{}';
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
      SELECT e.version, e.hash INTO v_version, v_hash FROM events e
        WHERE e.tenant = v_tenant AND e.stream = p_stream_name[i] ORDER BY e.version DESC LIMIT 1;
      IF coalesce(v_version, 0) <> p_stream_expected[i] THEN
        kind := 'CONFLICT';
        conflict_stream := p_stream_name[i];
        conflict_version := coalesce(v_version, 0);
        EXIT;
      END IF;
      v_hash := coalesce(v_hash, '');
      IF v_stream - v_first_stream > 1 THEN
        v_heads := v_heads || v_hash;
      END IF;
    END LOOP;
    IF kind = 'CONFLICT' THEN
      DELETE FROM idempotency_records r WHERE r.scope = p_append_scope[v_append] AND r.key = p_append_key[v_append];
      RETURN NEXT;
      CONTINUE;
    END IF;

    -- milliseconds, because that is what a JavaScript time holds
    v_now := date_trunc('milliseconds', clock_timestamp());
    recorded_at := event_time(v_now);
    FOR i IN v_first_event .. v_event - 1 LOOP
      IF v_heads <> '{}' AND (i = v_first_event OR p_event_stream[i] <> p_event_stream[i - 1]) THEN
        v_hash := v_heads[array_position(p_stream_name[v_first_stream : v_stream - 1], p_event_stream[i])];
      END IF;
      v_hash := event_hash(v_hash, v_tenant, p_event_stream[i], p_event_version[i], p_event_id[i], p_event_type[i],
        p_event_schema_version[i], recorded_at, p_append_metadata[v_append], p_event_data[i]);
      INSERT INTO events (tenant, stream, version, id, type, schema_version, data, metadata, recorded_at, hash) VALUES (
        v_tenant, p_event_stream[i], p_event_version[i], p_event_id[i], p_event_type[i], p_event_schema_version[i],
        p_event_data[i], p_append_metadata[v_append], v_now, v_hash);
      v_hashes := v_hashes || v_hash;
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
      IF v_heads <> '{}' THEN
        v_place := array_position(p_event_stream[v_first_event : v_event - 1], p_stream_name[i]);
      END IF;
      INSERT INTO pending AS p (tenant, stream, from_version, to_version, hashes) VALUES (
        v_tenant, p_stream_name[i], p_stream_expected[i] + 1, p_stream_expected[i] + p_stream_events[i],
        CASE WHEN v_heads = '{}' THEN v_hashes ELSE v_hashes[v_place : v_place + p_stream_events[i] - 1] END)
        RETURNING p.ticket INTO v_ticket;
    END LOOP;
    v_appended := true;
    kind := 'APPENDED';
    ticket := v_ticket;
    RETURN NEXT;
  END LOOP;

  IF v_appended AND p_sequence_limit > 0 THEN
    RETURN QUERY SELECT NULL::integer, NULL::text, NULL::bigint, NULL::text, NULL::text, NULL::integer, NULL::text, NULL::text,
      s.tickets, s.positions FROM sequence_pending(p_sequence_limit, false) s;
  END IF;
END
$$;

-- As before, and carries the hash of the log on.
CREATE OR REPLACE FUNCTION sequence_pending(p_limit integer, p_wait boolean, OUT tickets bigint[], OUT positions bigint[])
LANGUAGE plpgsql
SET enable_seqscan = off
AS $$
DECLARE
  v_last bigint;
  v_hash bytea;
  v_pending record;
BEGIN
  tickets := '{}';
  positions := '{}';
  IF p_wait THEN
    SELECT s.last_position, s.last_hash INTO STRICT v_last, v_hash FROM sequencer s FOR UPDATE;
  ELSE
    SELECT s.last_position, s.last_hash INTO v_last, v_hash FROM sequencer s FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
      RETURN;
    END IF;
  END IF;
  -- A statement of its own, whose snapshot begins under the lock. Who commits after it is sequenced later, whatever the ticket.
  FOR v_pending IN
    SELECT p.ticket, p.tenant, p.stream, p.from_version, p.to_version, p.hashes FROM pending p ORDER BY p.ticket LIMIT p_limit
  LOOP
    FOR v_version IN v_pending.from_version .. v_pending.to_version LOOP
      v_last := v_last + 1;
      v_hash := log_hash(v_hash, v_pending.hashes[v_version - v_pending.from_version + 1]);
      INSERT INTO log (position, tenant, stream, version, hash)
        VALUES (v_last, v_pending.tenant, v_pending.stream, v_version, v_hash);
    END LOOP;
    tickets := tickets || v_pending.ticket;
    positions := positions || v_last;
  END LOOP;
  IF tickets <> '{}' THEN
    DELETE FROM pending p WHERE p.ticket = ANY (tickets);
    UPDATE sequencer SET last_position = v_last, last_hash = v_hash;
    PERFORM pg_notify('log_sequenced', v_last::text);
  END IF;
END
$$;
