import { createPostgresDatabase, migrationsFolder, migrationStatus, type SqlDatabase } from '#platform';
import { clockFinding, fail, type Finding, messageOf, ok, warn } from './finding.js';

/** The oldest Postgres that the migrations are tested on. */
const POSTGRES_MIN = 15;
const OWNER_ADVICE = 'connect as a member of coordination_application and migrate as the owner (docs/audit.md)';

/** Looks at a database without changing it; a database that cannot be had is one finding. */
async function looking(
  area: string,
  url: string,
  look: (database: SqlDatabase) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  let database: SqlDatabase;
  try {
    database = await createPostgresDatabase({
      url,
      poolSize: 1,
      readOnly: true,
      applicationName: 'coordination doctor',
    });
  } catch (error) {
    return [fail(area, messageOf(error), 'check address, credentials and that the server runs')];
  }
  try {
    return await look(database);
  } catch (error) {
    return [fail(area, `it cannot be read: ${messageOf(error)}`, 'check the rights of the login')];
  } finally {
    await database.close();
  }
}

/** The Postgres of the events: version, schema, rights, durability, clock, and how far it is sequenced. */
export function checkEventStore(url: string): Promise<readonly Finding[]> {
  const area = 'event store';
  return looking(area, url, async (database) => {
    const schema = await schemaFinding(area, database, 'command');
    const findings = [...(await serverFindings(area, database)), schema];
    if (schema.status === 'FAIL') return findings;
    return [...findings, await rightsFinding(area, database), await sequencerFinding(area, database)];
  });
}

/** The database of the read models: extension, schema, lag behind the log, parked events. */
export function checkReadModels(url: string, eventsUrl: string): Promise<readonly Finding[]> {
  const area = 'read models';
  return looking(area, url, async (database) => {
    const schema = await schemaFinding(area, database, 'query');
    const findings = [...(await serverFindings(area, database)), await timescaleFinding(area, database), schema];
    if (schema.status === 'FAIL') return findings;
    return [...findings, ...(await projectionFindings(area, database, eventsUrl))];
  });
}

export function checkMarketData(url: string): Promise<readonly Finding[]> {
  const area = 'market data';
  return looking(area, url, async (database) => [await schemaFinding(area, database, 'market-data')]);
}

async function serverFindings(area: string, database: SqlDatabase): Promise<readonly Finding[]> {
  const before = Date.now();
  const [row] = await database.query<{
    version: number;
    encoding: string;
    fsync: string;
    synchronous: string;
    now_ms: number;
  }>(
    `SELECT current_setting('server_version_num')::int / 10000 AS version, current_setting('server_encoding') AS encoding,
            current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS synchronous,
            extract(epoch FROM clock_timestamp())::float8 * 1000 AS now_ms`,
  );
  const { version = 0, encoding = '', fsync = '', synchronous = '', now_ms = before } = row ?? {};
  const findings = [
    version < POSTGRES_MIN
      ? fail(area, `Postgres ${version} answers`, `move to ${POSTGRES_MIN} or newer`)
      : ok(area, `Postgres ${version} answers`),
    clockFinding(area, (now_ms - (before + Date.now()) / 2) / 1000),
  ];
  if (encoding !== 'UTF8') findings.push(fail(area, `its encoding is ${encoding}`, 'make the database with UTF8'));
  if (fsync !== 'on' || synchronous === 'off') {
    const finding = `fsync is ${fsync} and synchronous_commit ${synchronous}: a power cut loses what was acknowledged`;
    findings.push((area === 'event store' ? fail : warn)(area, finding, 'switch both on'));
  }
  return findings;
}

async function schemaFinding(
  area: string,
  database: SqlDatabase,
  set: 'command' | 'query' | 'market-data',
): Promise<Finding> {
  try {
    const { pending, version } = await migrationStatus(database, migrationsFolder(set));
    if (pending.length === 0) return ok(area, `its tables are at migration ${version}, the newest`);
    const advice = 'run `coordination migrate`, or start the process, which does it';
    return fail(area, `${pending.length} migrations are not applied: ${pending.join(', ')}`, advice);
  } catch (error) {
    return fail(area, messageOf(error), 'start the program that belongs to the database, or restore the files');
  }
}

async function rightsFinding(area: string, database: SqlDatabase): Promise<Finding> {
  const [row] = await database.query<{ owns: boolean; appends: boolean }>(
    `SELECT pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = 'events'::regclass), 'MEMBER') AS owns,
            has_function_privilege((SELECT oid FROM pg_proc WHERE proname = 'append_events' LIMIT 1), 'EXECUTE') AS appends`,
  );
  if (row?.appends !== true) return fail(area, 'this login may not append events', OWNER_ADVICE);
  return row.owns
    ? warn(area, 'this login owns the events and could change them', OWNER_ADVICE)
    : ok(area, 'this login may read and append events, and nothing else');
}

async function sequencerFinding(area: string, database: SqlDatabase): Promise<Finding> {
  const [row] = await database.query<{ position: string; pending: number; age: number | null }>(
    `SELECT last_position::text AS position, (SELECT count(*)::int FROM pending) AS pending,
            (SELECT extract(epoch FROM clock_timestamp() - min(e.recorded_at))::float8 FROM pending p
             JOIN events e ON e.tenant = p.tenant AND e.stream = p.stream AND e.version = p.from_version) AS age
     FROM sequencer`,
  );
  const { position = '0', pending = 0, age } = row ?? {};
  if ((age ?? 0) < 5) return ok(area, `the log ends at position ${position}, ${pending} commits wait for theirs`);
  return warn(
    area,
    `${pending} commits wait for a position, the oldest for ${(age ?? 0).toFixed(0)} s`,
    'start a command process; if one runs, look for a long transaction that holds the table sequencer',
  );
}

async function timescaleFinding(area: string, database: SqlDatabase): Promise<Finding> {
  const [row] = await database.query<{ installed: string | null; available: string | null }>(
    `SELECT (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS installed,
            (SELECT default_version FROM pg_available_extensions WHERE name = 'timescaledb') AS available`,
  );
  if (typeof row?.installed === 'string') return ok(area, `TimescaleDB ${row.installed} keeps them in hypertables`);
  return warn(
    area,
    'plain Postgres tables keep them: history is neither partitioned nor compressed',
    typeof row?.available !== 'string'
      ? 'move them to a server with TimescaleDB (READ_DATABASE_URL)'
      : 'CREATE EXTENSION timescaledb, then rebuild them (`coordination rebuild read-models`)',
  );
}

async function projectionFindings(area: string, database: SqlDatabase, eventsUrl: string): Promise<readonly Finding[]> {
  const [row] = await database.query<{ position: string; unowned: number; parked: number }>(
    `SELECT min(position)::text AS position,
            (count(*) FILTER (WHERE owner IS NULL OR expires_at < clock_timestamp()))::int AS unowned,
            (SELECT count(*)::int FROM projection_dead_letters) AS parked
     FROM projection_lanes`,
  );
  const { position = '0', unowned = 0, parked = 0 } = row ?? {};
  const end = await lastPosition(eventsUrl);
  const behind = end === null ? null : end - BigInt(position);
  const findings: Finding[] = [
    behind !== null && behind > 1000n
      ? warn(
          area,
          `they are ${behind} events behind the log`,
          'start a projector; `coordination projections` shows its lanes',
        )
      : ok(area, `they hold the log up to ${position}`),
  ];
  if (unowned > 0) findings.push(warn(area, `${unowned} lanes are folded by nobody`, 'start a projector process'));
  if (parked > 0) {
    const advice = '`coordination projections parked` tells why; `coordination projections retry ID` tries again';
    findings.push(warn(area, `${parked} events are parked`, advice));
  }
  return findings;
}

async function lastPosition(eventsUrl: string): Promise<bigint | null> {
  let end: bigint | null = null;
  await looking('event store', eventsUrl, async (database) => {
    const [row] = await database.query<{ position: string }>('SELECT last_position::text AS position FROM sequencer');
    end = BigInt(row?.position ?? 0);
    return [];
  });
  return end;
}
