-- The event store. Every unique key begins with the stream, so that streams can be spread over servers; the log is the
-- one order over all of them.

CREATE TABLE events (
  stream text NOT NULL,
  version integer NOT NULL CHECK (version > 0),
  id uuid NOT NULL,
  type text NOT NULL,
  schema_version integer NOT NULL,
  -- canonical JSON (RFC 8785), kept as text: its bytes are what is hashed
  data text NOT NULL,
  metadata text NOT NULL,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (stream, version)
);

-- What was committed and has no position yet. A ticket is drawn after the stream's version was checked, so within a
-- stream the tickets have the order of the versions.
CREATE TABLE pending (
  ticket bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  stream text NOT NULL,
  from_version integer NOT NULL,
  to_version integer NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_insert_threshold = -1);

CREATE TABLE log (
  position bigint PRIMARY KEY,
  stream text NOT NULL,
  version integer NOT NULL,
  UNIQUE (stream, version)
);

-- One row, whose lock makes its holder the sequencer.
CREATE TABLE sequencer (
  id boolean PRIMARY KEY DEFAULT true CHECK (id),
  last_position bigint NOT NULL
) WITH (fillfactor = 20);
INSERT INTO sequencer (last_position) VALUES (0);

CREATE TABLE idempotency_records (
  scope text NOT NULL,
  key text NOT NULL,
  body_hash text NOT NULL,
  -- the first answer as JSON: {status, headers, body}
  response text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (scope, key)
);

-- The last number taken from each day by any process; processes take blocks.
CREATE TABLE coordination_counters (
  day text PRIMARY KEY,
  last_number integer NOT NULL
);

-- How far each relay has published the log.
CREATE TABLE relay_checkpoints (
  name text PRIMARY KEY,
  position bigint NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);
