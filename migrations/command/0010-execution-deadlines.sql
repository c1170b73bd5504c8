-- When plans end that somebody may still wait for: of executions that have begun, and of coordinations whose orders a
-- stored portfolio counts as pending. One process at a time watches them.

CREATE TABLE execution_deadlines (
  coordination_id text        PRIMARY KEY,
  expires_at      timestamptz NOT NULL
);
CREATE INDEX execution_deadlines_expires_at ON execution_deadlines (expires_at);

-- Its holder renews the lease with every look; once it has ended, any process may take it. The log is noted up to the
-- position: what was decided before this table was made has no orders in a portfolio.
CREATE TABLE execution_watch (
  singleton boolean     PRIMARY KEY DEFAULT true CHECK (singleton),
  holder    text,
  ends_at   timestamptz NOT NULL DEFAULT '-infinity',
  position  bigint      NOT NULL
);
INSERT INTO execution_watch (position) SELECT last_position FROM sequencer;
