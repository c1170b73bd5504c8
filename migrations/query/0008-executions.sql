-- The life of plans after the decision. One row an execution that something happened to; its plan is in coordinations.
CREATE TABLE executions (
    coordination_id  text        PRIMARY KEY,
    position         bigint      NOT NULL,
    "timestamp"      timestamptz NOT NULL,
    portfolio_id     text        NOT NULL,
    stored_portfolio boolean     NOT NULL,
    currency         text,
    -- WORKING, until nothing is open any more
    status           text        NOT NULL,
    -- what each order is measured by
    orders           json        NOT NULL,
    -- the parts of the implementation shortfall; null until nothing is open any more
    shortfall        json,
    finished_at      timestamptz
);
CREATE INDEX executions_portfolio ON executions (portfolio_id, "timestamp" DESC);

CREATE TABLE execution_fills (
    coordination_id text             NOT NULL,
    fill_id         text             NOT NULL,
    -- of the execution's stream, and the place within the event
    version         integer          NOT NULL,
    ordinal         integer          NOT NULL,
    "timestamp"     timestamptz      NOT NULL,
    decision_id     text             NOT NULL,
    instrument_id   text             NOT NULL,
    -- shares; negative sold
    quantity        double precision NOT NULL,
    price           double precision NOT NULL,
    costs           double precision,
    currency        text,
    venue           text,
    -- as it was reported: RFC 3339
    filled_at       text             NOT NULL,
    PRIMARY KEY (coordination_id, fill_id)
);

-- Everything else that happened to a plan: prices told, plans made again, orders cancelled or expired, the end.
CREATE TABLE execution_changes (
    coordination_id text        NOT NULL,
    version         integer     NOT NULL,
    "timestamp"     timestamptz NOT NULL,
    type            text        NOT NULL,
    data            json        NOT NULL,
    PRIMARY KEY (coordination_id, version)
);

-- What happened to a stored portfolio beside the states that were told: its orders, their fills and releases. Those after
-- the newest state are folded into it when it is read.
CREATE TABLE portfolio_changes (
    portfolio_id text        NOT NULL,
    -- of the portfolio's stream
    version      integer     NOT NULL,
    position     bigint      NOT NULL,
    "timestamp"  timestamptz NOT NULL,
    type         text        NOT NULL,
    data         json        NOT NULL,
    PRIMARY KEY (portfolio_id, version)
);
CREATE INDEX portfolio_changes_position ON portfolio_changes (portfolio_id, position);
