-- The command side's own tables, written in the transaction that appends the events.

CREATE TABLE coordination_configurations (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  config_name varchar(100) NOT NULL,
  coordination_parameters json NOT NULL,
  priority_weights json NOT NULL,
  risk_limits json NOT NULL,
  enabled boolean DEFAULT true,
  created_at timestamptz DEFAULT now()
);
-- one current row a name; the history is in the events
CREATE UNIQUE INDEX coordination_configurations_name ON coordination_configurations (config_name);

CREATE TABLE coordination_sessions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  coordination_id varchar(100) NOT NULL UNIQUE,
  signals_processed integer,
  decisions_generated integer,
  coordination_quality double precision,
  processing_time_ms double precision,
  created_at timestamptz DEFAULT now()
);

CREATE TABLE coordination_decisions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  coordination_id varchar(100) NOT NULL,
  decision_id varchar(100) NOT NULL,
  instrument_id varchar(20) NOT NULL,
  action varchar(10) NOT NULL,
  quantity double precision NOT NULL,
  priority integer,
  confidence double precision,
  reasoning json,
  portfolio_impact json,
  created_at timestamptz DEFAULT now()
);
CREATE UNIQUE INDEX coordination_decisions_coordination ON coordination_decisions (coordination_id, decision_id);
