-- One row a queued rebalance request of a stored portfolio: what was asked, and how far the last coordination that took it
-- up got. Whether one is overdue follows from its deadline and the clock of whoever reads.
CREATE TABLE rebalance_requests (
    portfolio_id    text        NOT NULL,
    rebalance_id    text        NOT NULL,
    position        bigint      NOT NULL,
    "timestamp"     timestamptz NOT NULL,
    requested_at    timestamptz NOT NULL,
    deadline        timestamptz,
    status          text        NOT NULL,
    request         json        NOT NULL,
    -- null until a coordination took it up
    progress        json,
    coordination_id text,
    PRIMARY KEY (portfolio_id, rebalance_id)
);

CREATE INDEX rebalance_requests_by_id ON rebalance_requests (rebalance_id);
