-- Signed statements of what the log was, and the inner nodes of its Merkle tree that make proofs cheap.

-- The name of this log in everything signed: a copy that is written on elsewhere should be given another.
CREATE TABLE log_origin (
  id boolean PRIMARY KEY DEFAULT true CHECK (id),
  origin text NOT NULL
);
INSERT INTO log_origin (origin) VALUES ('coordination-log/' || gen_random_uuid());

-- The hash over 256 ** level events from position index * 256 ** level + 1 on.
CREATE TABLE merkle_nodes (
  level smallint NOT NULL CHECK (level > 0),
  index bigint NOT NULL,
  hash bytea NOT NULL,
  PRIMARY KEY (level, index)
);

CREATE TABLE checkpoints (
  -- events of the log, from position 1 on
  size bigint PRIMARY KEY,
  root bytea NOT NULL,
  -- the signed text, as it is in the file outside the database
  note text NOT NULL,
  -- that its signature is by; who does not trust this database compares it with one from elsewhere
  public_key text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
