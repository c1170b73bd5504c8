-- What came of signals, decisions and refusals; a correction replaces its row. The time is that of the decision.
CREATE TABLE signal_outcomes_ts (
    decided_at      timestamptz      NOT NULL,
    coordination_id text             NOT NULL,
    signal_id       text             NOT NULL,
    portfolio_id    text             NOT NULL,
    source          text             NOT NULL,
    strategy        text,
    instrument_id   text             NOT NULL,
    sector          text,
    regime          text             NOT NULL,
    mode            text             NOT NULL,
    config_name     text,
    action          text             NOT NULL,
    accepted        boolean          NOT NULL,
    horizon_days    double precision NOT NULL,
    confidence      double precision NOT NULL,
    -- direction times strength times confidence
    claim           double precision NOT NULL,
    expected_return double precision,
    -- null where it cannot be measured
    realised_return double precision,
    realised_alpha  double precision,
    hit             boolean,
    exit_at         timestamptz,
    PRIMARY KEY (decided_at, coordination_id, signal_id)
);
CREATE INDEX signal_outcomes_ts_source ON signal_outcomes_ts (source, decided_at);

CREATE TABLE decision_outcomes_ts (
    decided_at      timestamptz      NOT NULL,
    coordination_id text             NOT NULL,
    decision_id     text             NOT NULL,
    portfolio_id    text             NOT NULL,
    instrument_id   text             NOT NULL,
    sector          text,
    regime          text             NOT NULL,
    mode            text             NOT NULL,
    config_name     text,
    action          text             NOT NULL,
    horizon_days    double precision NOT NULL,
    quantity        double precision NOT NULL,
    price           double precision NOT NULL,
    fill_price      double precision NOT NULL,
    -- money
    costs           double precision NOT NULL,
    confidence      double precision NOT NULL,
    alpha           double precision NOT NULL,
    realised_return double precision,
    realised_alpha  double precision,
    hit             boolean,
    profit          double precision,
    exit_at         timestamptz,
    nav             double precision NOT NULL,
    PRIMARY KEY (decided_at, coordination_id, decision_id)
);

-- The profit of each measured decision, shared among the signals that it came from: what attribution sums up.
CREATE TABLE attributed_profits_ts (
    decided_at      timestamptz      NOT NULL,
    coordination_id text             NOT NULL,
    decision_id     text             NOT NULL,
    ordinal         integer          NOT NULL,
    portfolio_id    text             NOT NULL,
    source          text             NOT NULL,
    strategy        text,
    instrument_id   text             NOT NULL,
    sector          text,
    regime          text             NOT NULL,
    mode            text             NOT NULL,
    config_name     text,
    -- money; the four add up to the decision's profit
    selection       double precision NOT NULL,
    timing          double precision NOT NULL,
    execution       double precision NOT NULL,
    costs           double precision NOT NULL,
    PRIMARY KEY (decided_at, coordination_id, decision_id, ordinal)
);

CREATE TABLE refusal_outcomes_ts (
    decided_at      timestamptz      NOT NULL,
    coordination_id text             NOT NULL,
    signal_id       text             NOT NULL,
    portfolio_id    text             NOT NULL,
    source          text             NOT NULL,
    instrument_id   text             NOT NULL,
    regime          text             NOT NULL,
    mode            text             NOT NULL,
    config_name     text,
    action          text             NOT NULL,
    reason_code     text             NOT NULL,
    would_quantity  double precision NOT NULL,
    realised_alpha  double precision,
    hit             boolean,
    -- money; negative where the limit saved some
    cost            double precision,
    PRIMARY KEY (decided_at, coordination_id, signal_id)
);

DO $$
DECLARE
    v_table text;
BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN
        FOREACH v_table IN ARRAY ARRAY['signal_outcomes_ts', 'decision_outcomes_ts', 'attributed_profits_ts', 'refusal_outcomes_ts'] LOOP
            PERFORM create_hypertable(v_table::regclass, by_range('decided_at', INTERVAL '7 days'), create_default_indexes => false);
        END LOOP;
    END IF;
END
$$;

-- The outcomes of one coordination.
CREATE INDEX signal_outcomes_ts_coordination ON signal_outcomes_ts (coordination_id);
CREATE INDEX decision_outcomes_ts_coordination ON decision_outcomes_ts (coordination_id);
CREATE INDEX attributed_profits_ts_coordination ON attributed_profits_ts (coordination_id);
CREATE INDEX refusal_outcomes_ts_coordination ON refusal_outcomes_ts (coordination_id);
