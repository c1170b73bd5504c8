-- Old events may move to files, and personal fields can be made unreadable for good (docs/adr/0016).

-- An archived event keeps its row: its place, its hash, everything but its texts.
ALTER TABLE events ALTER COLUMN data DROP NOT NULL, ALTER COLUMN metadata DROP NOT NULL;

-- One row a file; the files follow one another from position 1 on.
CREATE TABLE archives (
  from_position bigint PRIMARY KEY CHECK (from_position > 0),
  to_position bigint NOT NULL UNIQUE CHECK (to_position >= from_position),
  file text NOT NULL UNIQUE,
  -- where it was written to; whoever reads may be told of another folder
  folder text NOT NULL,
  bytes bigint NOT NULL,
  sha256 bytea NOT NULL,
  -- of the Merkle tree over the events up to to_position
  root bytea NOT NULL,
  -- signed, of at least to_position events
  checkpoint text NOT NULL,
  archived_at timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON archives EXECUTE FUNCTION refuse_change();

-- Events may lose their texts to a registered file, and may not be changed otherwise, whoever asks.
CREATE FUNCTION refuse_change_but_archiving() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_rest events := NEW;
BEGIN
  v_rest.data := OLD.data;
  v_rest.metadata := OLD.metadata;
  IF NEW.data IS NULL AND NEW.metadata IS NULL AND v_rest IS NOT DISTINCT FROM OLD AND EXISTS (
    SELECT FROM log l JOIN archives a ON l.position BETWEEN a.from_position AND a.to_position
    WHERE l.tenant = OLD.tenant AND l.stream = OLD.stream AND l.version = OLD.version
  ) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'The table events only grows: UPDATE is refused.' USING ERRCODE = 'insufficient_privilege';
END
$$;
DROP TRIGGER only_grows ON events;
CREATE TRIGGER only_grows BEFORE DELETE OR TRUNCATE ON events EXECUTE FUNCTION refuse_change();
CREATE TRIGGER only_moves BEFORE UPDATE ON events FOR EACH ROW EXECUTE FUNCTION refuse_change_but_archiving();

-- Registers a file that was written, read back and verified, and takes the texts of its events out of the table. Acts with
-- the rights of its caller, who has to own the events.
CREATE FUNCTION archive_events(
  p_from bigint, p_to bigint, p_log_hash bytea, p_file text, p_folder text, p_bytes bigint, p_sha256 bytea, p_root bytea,
  p_checkpoint_size bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_archived bigint;
  v_note text;
  v_moved bigint;
BEGIN
  LOCK TABLE archives IN SHARE ROW EXCLUSIVE MODE;
  SELECT coalesce(max(a.to_position), 0) INTO v_archived FROM archives a;
  IF p_from <> v_archived + 1 THEN
    RAISE EXCEPTION 'The archive ends at position %: the next file begins after it, not at %.', v_archived, p_from;
  END IF;
  IF NOT EXISTS (SELECT FROM log l WHERE l.position = p_to AND l.hash = p_log_hash) THEN
    RAISE EXCEPTION 'The file does not end as the log does at position %.', p_to;
  END IF;
  SELECT c.note INTO v_note FROM checkpoints c WHERE c.size = p_checkpoint_size AND c.size >= p_to;
  IF v_note IS NULL THEN
    RAISE EXCEPTION 'No checkpoint of % events covers position %.', p_checkpoint_size, p_to;
  END IF;
  INSERT INTO archives (from_position, to_position, file, folder, bytes, sha256, root, checkpoint)
    VALUES (p_from, p_to, p_file, p_folder, p_bytes, p_sha256, p_root, v_note);
  UPDATE events e SET data = NULL, metadata = NULL FROM log l
    WHERE l.position BETWEEN p_from AND p_to AND e.tenant = l.tenant AND e.stream = l.stream AND e.version = l.version;
  GET DIAGNOSTICS v_moved = ROW_COUNT;
  IF v_moved <> p_to - p_from + 1 THEN
    RAISE EXCEPTION 'Of the events % to % only % are there.', p_from, p_to, v_moved;
  END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION archive_events FROM PUBLIC;

-- The keys that personal fields of events are sealed with. A shredded one leaves its row, so that what it sealed is known
-- to be gone for good, and not lost.
CREATE TABLE personal_keys (
  key_id uuid PRIMARY KEY,
  tenant text NOT NULL,
  -- '' for what concerns no portfolio
  portfolio_id text NOT NULL,
  -- 32 bytes, or those sealed with the master key that is named; null once shredded
  key bytea,
  master_key text,
  created_at timestamptz NOT NULL DEFAULT now(),
  shredded_at timestamptz,
  CHECK ((key IS NULL) = (shredded_at IS NOT NULL))
);
CREATE UNIQUE INDEX personal_keys_current ON personal_keys (tenant, portfolio_id) WHERE shredded_at IS NULL;

CREATE FUNCTION refuse_change_but_shredding() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_rest personal_keys := NEW;
BEGIN
  v_rest.key := OLD.key;
  v_rest.shredded_at := OLD.shredded_at;
  IF NEW.key IS NULL AND OLD.key IS NOT NULL AND v_rest IS NOT DISTINCT FROM OLD THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'A personal key can be shredded, and not be changed.' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER only_shredded BEFORE UPDATE ON personal_keys FOR EACH ROW EXECUTE FUNCTION refuse_change_but_shredding();
CREATE TRIGGER only_grows BEFORE DELETE OR TRUNCATE ON personal_keys EXECUTE FUNCTION refuse_change();

-- They look tables up: not in whatever schema their caller names first.
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION archive_events SET search_path = %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION refuse_change_but_archiving SET search_path = %I, pg_temp', current_schema());
END
$$;

-- The application reads archives, adds and shreds keys. What a role is given of all tables is more than that.
CREATE PROCEDURE grant_archives(role_name name) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('REVOKE ALL ON archives, personal_keys FROM %I', role_name);
  EXECUTE format('GRANT SELECT ON archives TO %I', role_name);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE (key, shredded_at) ON personal_keys TO %I', role_name);
END
$$;
ALTER PROCEDURE grant_application(name) RENAME TO grant_tables;
CREATE PROCEDURE grant_application(role_name name) LANGUAGE plpgsql AS $$
BEGIN
  CALL grant_tables(role_name);
  CALL grant_archives(role_name);
END
$$;
REVOKE EXECUTE ON PROCEDURE grant_archives, grant_application FROM PUBLIC;

DO $$
DECLARE
  v_role name;
BEGIN
  FOR v_role IN
    SELECT DISTINCT r.rolname FROM pg_class c, aclexplode(c.relacl) g JOIN pg_roles r ON r.oid = g.grantee
    WHERE c.oid = 'events'::regclass AND g.grantee <> c.relowner
  LOOP
    CALL grant_archives(v_role);
  END LOOP;
END
$$;
