-- Time partitioning by TimescaleDB where the server offers it. A server without it keeps plain tables: every query works
-- there too, only retention and large time ranges cost more. Which of the two it is, the processes log and measure.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb') THEN
        CREATE EXTENSION IF NOT EXISTS timescaledb;
        PERFORM create_hypertable('coordination_decisions_ts', by_range('timestamp', INTERVAL '1 day'),
                                  create_default_indexes => false);
        PERFORM add_dimension('coordination_decisions_ts', by_hash('instrument_id', 8));
        PERFORM create_hypertable('coordination_performance_ts', by_range('timestamp', INTERVAL '1 hour'),
                                  create_default_indexes => false);
    END IF;
END
$$;

-- The filters of GET /decisions by instrument, by configuration and by source, newest first; the primary key serves the
-- order over everything.
CREATE INDEX coordination_decisions_ts_instrument
    ON coordination_decisions_ts (instrument_id, "timestamp" DESC);
CREATE INDEX coordination_decisions_ts_configuration
    ON coordination_decisions_ts ((coordination_metadata ->> 'config_name'), "timestamp" DESC);
CREATE INDEX coordination_decisions_ts_sources
    ON coordination_decisions_ts USING gin ((coordination_metadata -> 'sources') jsonb_path_ops);
