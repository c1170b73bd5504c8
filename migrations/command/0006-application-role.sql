-- The application may read events and add them by append_events, and nothing else: it is a member of the role
-- coordination_application, while the owner of the tables runs the migrations.

-- Events, log and checkpoints only grow. Who owns the tables can lift this, which is a deliberate act; the hashes tell.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'The table % only grows: % is refused.', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON events EXECUTE FUNCTION refuse_change();
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON log EXECUTE FUNCTION refuse_change();
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoints EXECUTE FUNCTION refuse_change();

-- They act with the rights of the owner, so that their callers need none on the tables that they write.
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION append_events SECURITY DEFINER SET search_path = %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION sequence_pending SECURITY DEFINER SET search_path = %I, pg_temp', current_schema());
END
$$;
REVOKE EXECUTE ON FUNCTION append_events, sequence_pending FROM PUBLIC;

-- What a role needs to be the application's. Run as the owner of the tables; again after it, for a role made later.
CREATE PROCEDURE grant_application(role_name name) LANGUAGE plpgsql AS $$
DECLARE
  v_schema name := current_schema();
  v_table name;
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', v_schema, role_name);
  FOR v_table IN SELECT tablename FROM pg_tables WHERE schemaname = v_schema AND tableowner = current_user LOOP
    EXECUTE CASE
      WHEN v_table IN ('events', 'log', 'pending', 'sequencer', 'log_origin', 'schema_migrations')
        THEN format('GRANT SELECT ON %I TO %I', v_table, role_name)
      WHEN v_table IN ('checkpoints', 'merkle_nodes')
        THEN format('GRANT SELECT, INSERT ON %I TO %I', v_table, role_name)
      ELSE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO %I', v_table, role_name)
    END;
  END LOOP;
  EXECUTE format('GRANT EXECUTE ON FUNCTION append_events, sequence_pending TO %I', role_name);
  -- of migrations still to come: one whose table only grows revokes what is too much
  EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I', v_schema, role_name);
  EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT USAGE ON SEQUENCES TO %I', v_schema, role_name);
END
$$;
REVOKE EXECUTE ON PROCEDURE grant_application FROM PUBLIC;

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'coordination_application') THEN
    CREATE ROLE coordination_application NOLOGIN;
  END IF;
  CALL grant_application('coordination_application');
EXCEPTION
  -- another database of the server made it at the same moment
  WHEN duplicate_object OR unique_violation THEN
    CALL grant_application('coordination_application');
  WHEN insufficient_privilege THEN
    RAISE WARNING 'No right to make the role coordination_application: make it, then CALL grant_application(''coordination_application'') as the owner of the tables.';
END
$$;
