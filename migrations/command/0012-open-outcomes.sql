-- Coordinations of which something has no outcome yet, or may be told otherwise by bars that are revised: which day to look at next.
CREATE TABLE open_outcomes (
  coordination_id text PRIMARY KEY,
  decided_on      date NOT NULL,
  -- of market data: nothing can be told before there are bars of it
  due_on          date NOT NULL,
  -- a revision of bars from before that day is no longer looked at
  settles_on      date NOT NULL
);
CREATE INDEX open_outcomes_due_on ON open_outcomes (due_on);

-- Its holder renews the lease with every look; the log is noted up to the position, from its beginning.
CREATE TABLE outcome_watch (
  singleton boolean     PRIMARY KEY DEFAULT true CHECK (singleton),
  holder    text,
  ends_at   timestamptz NOT NULL DEFAULT '-infinity',
  position  bigint      NOT NULL DEFAULT 0
);
INSERT INTO outcome_watch DEFAULT VALUES;
