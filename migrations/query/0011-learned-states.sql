-- What was learned of sources: every state that was proposed, how it was judged, and when it was used.
CREATE TABLE learned_states (
    learned_state_id text        PRIMARY KEY,
    position         bigint      NOT NULL,
    -- of the last event that changed it
    "timestamp"      timestamptz NOT NULL,
    -- CHALLENGER, CHAMPION, FORMER
    status           text        NOT NULL,
    proposed_at      timestamptz NOT NULL,
    learned_until    timestamptz NOT NULL,
    observations     integer     NOT NULL,
    state            json        NOT NULL,
    -- the last look at it; null before the first
    test             json
);
