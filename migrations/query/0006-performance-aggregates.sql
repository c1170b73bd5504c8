-- Sums by hour and by day, as continuous aggregates where TimescaleDB is (made with each version of the tables): a year by
-- days reads 365 rows instead of half a million minutes. Only what they hold before `refreshed_until` is read from them,
-- the rest from the minutes: a fold that changes an older minute takes that time back, so that the numbers are the same
-- either way.
CREATE TABLE performance_aggregates (
    aggregate        text        PRIMARY KEY,
    -- every minute before it is in the aggregate as it is in the table; null for none
    refreshed_until  timestamptz,
    -- a refresh up to here is under way
    refreshing_until timestamptz,
    -- grows when a minute before either time changes
    revision         bigint      NOT NULL DEFAULT 0
);
