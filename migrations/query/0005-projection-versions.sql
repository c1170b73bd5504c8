-- The tables of the read models exist in versions. The live one is where it always was; others are in schemas of their
-- own (`read_models_v2`), with their lanes and parked events: one that is being built, and the former one.
CREATE TABLE projection_versions (
    version     integer     PRIMARY KEY,
    state       text        NOT NULL CHECK (state IN ('BUILDING', 'LIVE', 'FORMER')),
    created_at  timestamptz NOT NULL DEFAULT now(),
    switched_at timestamptz
);
CREATE UNIQUE INDEX projection_versions_state ON projection_versions (state) WHERE state <> 'FORMER';
INSERT INTO projection_versions (version, state, switched_at) VALUES (1, 'LIVE', now());

-- Jobs that build a version or go back to the former one. Progress is written with every batch, so that any projector
-- process can go on where another one ended.
CREATE TABLE projection_rebuilds (
    id                bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind              text        NOT NULL CHECK (kind IN ('REBUILD', 'ROLLBACK')),
    version           integer     NOT NULL,
    switch            text        NOT NULL CHECK (switch IN ('if_equal', 'always', 'never')),
    state             text        NOT NULL CHECK (state IN ('LOADING', 'COMPARING', 'SWITCHING', 'DONE', 'DIFFERENT', 'FAILED', 'CANCELLED')),
    position          bigint      NOT NULL DEFAULT 0,
    target            bigint      NOT NULL DEFAULT 0,
    events_per_second double precision,
    cancel_requested  boolean     NOT NULL DEFAULT false,
    comparison        json,
    error             text,
    owner             text,
    expires_at        timestamptz,
    requested_at      timestamptz NOT NULL DEFAULT now(),
    finished_at       timestamptz
);
-- one at a time
CREATE UNIQUE INDEX projection_rebuilds_running ON projection_rebuilds ((true))
    WHERE state IN ('LOADING', 'COMPARING', 'SWITCHING');
