-- Which process publishes the log, and how far it is.

-- Its holder renews it; once it has ended anybody may take it, with the next token. What a former holder still writes
-- carries an older token and is refused.
CREATE TABLE relay_leases (
  name text PRIMARY KEY,
  holder text NOT NULL,
  token bigint NOT NULL,
  ends_at timestamptz NOT NULL
);

-- How many messages were published up to the position: the sequence id of the last one.
ALTER TABLE relay_checkpoints ADD COLUMN sequence_id bigint NOT NULL DEFAULT 0;
