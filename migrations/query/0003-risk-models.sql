-- One row a published risk model, with the report of its build: what was left out of its data, and how it would have
-- forecast the year before. A model that was published before this table was made is in it after a rebuild.
CREATE TABLE risk_models (
    version     integer     PRIMARY KEY,
    position    bigint      NOT NULL,
    "timestamp" timestamptz NOT NULL,
    model_id    text        NOT NULL,
    as_of       text        NOT NULL,
    regime      text        NOT NULL,
    instruments integer     NOT NULL,
    -- null for a model that came from elsewhere
    report      json
);
