-- Tables of the query side. They hold nothing that the events do not: dropping them and folding the log again from
-- position 0 gives the same rows. The event's time is the time column, so that a replay upserts identically.

-- One row a decision. The first nine columns are the published ones; `coordination_metadata` carries the rest of the
-- decision (priority, reasoning, risk assessment, timing) and of its coordination (portfolio, configuration, sources).
CREATE TABLE coordination_decisions_ts (
    "timestamp"           timestamptz      NOT NULL,
    coordination_id       varchar(100)     NOT NULL,
    decision_id           varchar(100)     NOT NULL,
    instrument_id         varchar(20)      NOT NULL,
    action                varchar(10)      NOT NULL,
    quantity              double precision NOT NULL,
    confidence            double precision,
    portfolio_impact      jsonb,
    coordination_metadata jsonb,
    -- a unique key of a hypertable must hold both of its partitioning columns
    PRIMARY KEY ("timestamp", instrument_id, coordination_id, decision_id)
);

-- One row a minute in which something was coordinated. The sums are exact decimals: adding them in any grouping gives
-- the same digits, so that a replay in other batches ends in identical rows.
CREATE TABLE coordination_performance_ts (
    "timestamp"             timestamptz PRIMARY KEY,
    coordination_quality    double precision,
    avg_processing_time_ms  double precision,
    decisions_per_minute    double precision,
    portfolio_utilization   double precision,
    risk_budget_utilization double precision,
    coordinations           bigint  NOT NULL,
    decisions               bigint  NOT NULL,
    signals_processed       bigint  NOT NULL,
    signals_rejected        bigint  NOT NULL,
    quality_sum             numeric NOT NULL,
    processing_time_ms_sum  numeric NOT NULL,
    processing_time_ms_max  numeric NOT NULL,
    utilization_sum         numeric NOT NULL,
    risk_budget_sum         numeric NOT NULL
);

-- The answer of each coordination: `json`, not `jsonb`, keeps the text as it is, and it is sent as it is.
CREATE TABLE coordinations (
    coordination_id varchar(100) PRIMARY KEY,
    position        bigint       NOT NULL,
    "timestamp"     timestamptz  NOT NULL,
    portfolio_id    text         NOT NULL,
    config_name     varchar(100),
    status          text         NOT NULL,
    document        json         NOT NULL
);

-- `ordinal` counts from 1 within a coordination: a signal refused as a duplicate shares its signal_id with another one.
CREATE TABLE rejected_signals (
    coordination_id varchar(100) NOT NULL,
    ordinal         integer      NOT NULL,
    "timestamp"     timestamptz  NOT NULL,
    signal_id       text         NOT NULL,
    source          text         NOT NULL,
    instrument_id   text         NOT NULL,
    reason_code     text         NOT NULL,
    reason          text         NOT NULL,
    detail          jsonb,
    PRIMARY KEY (coordination_id, ordinal)
);

-- The newest state of each portfolio; the greatest position of all is `portfolio_state:current`.
CREATE TABLE portfolio_states (
    portfolio_id text        PRIMARY KEY,
    position     bigint      NOT NULL,
    "timestamp"  timestamptz NOT NULL,
    as_of        timestamptz NOT NULL,
    state        json        NOT NULL
);
CREATE UNIQUE INDEX portfolio_states_position ON portfolio_states (position);

-- A single row: the published model without its return history, which only the engine needs.
CREATE TABLE market_model_current (
    singleton    boolean     PRIMARY KEY DEFAULT true CHECK (singleton),
    position     bigint      NOT NULL,
    "timestamp"  timestamptz NOT NULL,
    model_id     text        NOT NULL,
    as_of        text        NOT NULL,
    regime       text        NOT NULL,
    instruments  json        NOT NULL,
    factor_model json        NOT NULL
);

CREATE TABLE configurations (
    config_name varchar(100) PRIMARY KEY,
    version     integer      NOT NULL,
    enabled     boolean      NOT NULL,
    parameters  json         NOT NULL,
    position    bigint       NOT NULL,
    "timestamp" timestamptz  NOT NULL
);

-- The position up to which a projection has folded the log; written in the transaction that writes its rows.
CREATE TABLE projection_checkpoints (
    projection text        PRIMARY KEY,
    position   bigint      NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- Events that could not be folded (reason FAILED) and the later events of the same streams, which wait for them (HELD).
CREATE TABLE projection_dead_letters (
    projection text        NOT NULL,
    position   bigint      NOT NULL,
    event_id   uuid        NOT NULL,
    stream     text        NOT NULL,
    version    integer     NOT NULL,
    type       text        NOT NULL,
    reason     text        NOT NULL CHECK (reason IN ('FAILED', 'HELD')),
    error      text        NOT NULL,
    attempts   integer     NOT NULL,
    parked_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (projection, position)
);
