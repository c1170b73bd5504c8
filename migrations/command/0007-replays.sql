-- Replays: jobs that decide recorded coordinations again. A job is worked on by one process at a time, which holds its
-- lease; what a dead one left is taken up where its last commit ended.
CREATE TABLE replays (
  replay_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  mode text NOT NULL CHECK (mode IN ('verify', 'what-if')),
  -- as it was asked for
  request json NOT NULL,
  actor text NOT NULL,
  status text NOT NULL DEFAULT 'QUEUED' CHECK (status IN ('QUEUED', 'RUNNING', 'COMPLETED', 'CANCELLED', 'FAILED')),
  -- the coordinations in it: those completed after the first and up to the last of these positions
  after_position bigint NOT NULL,
  to_position bigint NOT NULL,
  total integer NOT NULL,
  -- what was dealt with, written together with the report on it
  done_position bigint NOT NULL,
  done integer NOT NULL DEFAULT 0,
  report json NOT NULL,
  -- why it failed
  failure text,
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  owner uuid,
  lease_until timestamptz
);
CREATE INDEX replays_created ON replays (created_at DESC, replay_id);
