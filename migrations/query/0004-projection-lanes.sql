-- The log is folded in lanes: each stream belongs to one, by a hash of its name, and each lane has a position of its own,
-- so that several projectors share the work. What readers may rely on is the least position of all lanes. The number of
-- lanes is the number of rows: it cannot change by a setting.
CREATE TABLE projection_lanes (
    lane       integer     PRIMARY KEY CHECK (lane >= 0),
    -- every event of the lane's streams up to here is folded or parked
    position   bigint      NOT NULL,
    -- grows whenever somebody else than the owner changes what the lane's events may do: whoever folds must know it
    fence      bigint      NOT NULL DEFAULT 0,
    owner      text,
    expires_at timestamptz,
    -- until then nobody folds: the tables are being compared with another version of them
    held_until timestamptz,
    updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

INSERT INTO projection_lanes (lane, position)
SELECT lane, coalesce((SELECT position FROM projection_checkpoints WHERE projection = 'read-models'), 0)
FROM generate_series(0, 7) AS lane;

DROP TABLE projection_checkpoints;

-- Projector processes that are alive: lanes are shared evenly among them.
CREATE TABLE projection_workers (
    owner      text        PRIMARY KEY,
    expires_at timestamptz NOT NULL
);
