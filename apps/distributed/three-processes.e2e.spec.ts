import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { CoordinationResponse } from '#domain';
import { packageRoot, type SqlDatabase } from '#platform';
import { withPostgres, withRedis } from '#testing';
import { samplePortfolio, sampleRequest } from '../command/e2e/sample-request.js';
import { buildIfMissing } from './build-if-missing.fixture.js';
import { type ServiceName, ServiceProcess } from './service-process.js';

/** on a machine that does much else besides */
const SLOW_MS = 180_000;
const DIST = join(packageRoot(), 'dist');
const NAMES = ['command', 'projector', 'query'] as const;
/** nobody answers there, and nobody has to */
const NOWHERE = { postgres: 'postgres://user:secret@127.0.0.1:1/nowhere', redis: 'redis://127.0.0.1:1' };

const started: ServiceProcess[] = [];
const spawn = (name: ServiceName, environment: Readonly<Record<string, string>>): ServiceProcess => {
  const made = ServiceProcess.spawn(DIST, name, environment);
  started.push(made);
  return made;
};

beforeAll(() => {
  buildIfMissing();
}, SLOW_MS);
afterAll(async () => {
  for (const each of started) await each.signal('SIGKILL');
});

describe('a process that cannot start', () => {
  const postgres = withPostgres();

  /** What each said on standard error, where it ended with code 1. */
  const refusals = (environment: Readonly<Record<string, string>>): Promise<string[]> =>
    Promise.all(
      NAMES.map(async (name) => {
        const refused = spawn(name, { LOG_LEVEL: 'silent', REDIS_URL: NOWHERE.redis, ...environment });
        expect([name, await refused.exit]).toEqual([name, 1]);
        return refused.errorOutput;
      }),
    );

  it(
    'names the database it was not told',
    async () => {
      const needed = 'is required: .*postgres://user:password@host:5432/database.*';
      const [command, projector, query] = await refusals({});
      expect(command).toMatch(new RegExp(`^DATABASE_URL ${needed}\\n$`));
      // a projector reads from one and writes to the other
      expect(projector).toMatch(new RegExp(`^READ_DATABASE_URL ${needed}\\nDATABASE_URL ${needed}\\n$`));
      expect(query).toMatch(new RegExp(`^READ_DATABASE_URL ${needed}\\n$`));
    },
    SLOW_MS,
  );

  it(
    'names the server that does not answer, and not the password',
    async () => {
      const said = await refusals({ DATABASE_URL: NOWHERE.postgres });
      const sentence = 'Postgres at 127.0.0.1:1 cannot be reached: connection refused.\n';
      expect(said).toEqual([sentence, sentence, sentence]);
    },
    SLOW_MS,
  );

  it(
    'refuses to be open to other machines without credentials',
    async () => {
      const said = await refusals({ DATABASE_URL: postgres.url, HOST: '0.0.0.0' });
      for (const each of said) expect(each).toMatch(/^HOST 0\.0\.0\.0 can be reached from other machines, .*\n$/);
    },
    SLOW_MS,
  );
});

/** One after the other: every `it` goes on where the one before it ended. */
describe('command, projector and query as processes', () => {
  const redis = withRedis({ own: true });
  const postgres = withPostgres();

  redis.describe('on one Postgres and one Redis', () => {
    let database: SqlDatabase;
    let commands: readonly [ServiceProcess, ServiceProcess];
    let projector: ServiceProcess;
    let query: ServiceProcess;
    const acknowledged = new Map<string, CoordinationResponse>();
    let position = '0';

    const start = (name: ServiceName, further: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> => {
      const urls = { DATABASE_URL: postgres.url, REDIS_URL: redis.url };
      return spawn(name, { ...urls, ...further }).listens();
    };
    const post = async (to: ServiceProcess, portfolio: string, key: string) => {
      const answer = await fetch(`${to.url}/coordinate`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(sampleRequest({ portfolio_state: { ...samplePortfolio(), portfolio_id: portfolio } })),
      });
      const body = (await answer.json()) as CoordinationResponse;
      expect([answer.status, body]).toEqual([201, expect.objectContaining({ status: 'OPTIMAL' })]);
      acknowledged.set(body.coordination_id, body);
      const at = answer.headers.get('coordination-position') ?? '';
      if (BigInt(at) > BigInt(position)) position = at;
      return { answer, body, at };
    };
    /** From the query process, once it has everything that was acknowledged. */
    const get = async (path: string): Promise<Response> => {
      for (let attempt = 1; ; attempt++) {
        const answer = await fetch(`${query.url}${path}`, { headers: { 'coordination-position': position } });
        if (answer.status !== 503 || attempt === 10) {
          expect([path, answer.status]).toEqual([path, 200]);
          return answer;
        }
      }
    };
    const recentDecisions = async () => {
      const answer = await get('/recent-decisions/AAA');
      const body = (await answer.json()) as readonly { readonly coordination_id: string }[];
      return { from: answer.headers.get('x-served-from'), body };
    };

    beforeAll(async () => {
      // all at once on an empty database: they bring it forward under a lock
      const all = await Promise.all([start('command'), start('command'), start('projector')]);
      commands = [all[0], all[1]];
      projector = all[2];
      query = await start('query', { COMMAND_URL: commands[0].url });
      database = await postgres.open({ poolSize: 1 });
    }, SLOW_MS);

    it(
      'takes a coordination and answers it on the read side, once it is there',
      async () => {
        const { answer, body, at } = await post(commands[0], 'first', 'first-key');
        expect(at).toMatch(/^[1-9]\d*$/);
        expect(body.decisions.length).toBeGreaterThan(0);
        expect(await (await get(answer.headers.get('location') ?? '')).json()).toEqual(body);

        const problem = (await (await get(`/coordination/${body.coordination_id}/problem`)).json()) as object;
        expect(problem).toMatchObject({ format: 'coordination-problem/1', solution: { status: 'OPTIMAL' } });

        // from the other process, which knows it from the database alone
        const again = await post(commands[1], 'first', 'first-key');
        expect(again.answer.headers.get('idempotency-replayed')).toBe('true');
        expect(again.body).toEqual(body);
        for (const each of [...commands, projector, query]) {
          expect((await fetch(`${each.url}/health/ready`)).status).toBe(200);
        }
      },
      SLOW_MS,
    );

    it(
      'keeps the recent decisions of an instrument in Redis, for five minutes',
      async () => {
        let served = await recentDecisions();
        for (let attempt = 1; served.from !== 'cache' && attempt < 200; attempt++) {
          await new Promise((wake) => setTimeout(wake, 50));
          served = await recentDecisions();
        }
        expect(served.from).toBe('cache');
        const client = new Redis(redis.url);
        const held = await client.lrange('recent_decisions:AAA', 0, -1);
        const ttl = await client.ttl('recent_decisions:AAA');
        client.disconnect();
        expect(held.map((item) => JSON.parse(item) as unknown)).toEqual(served.body);
        expect(held.length).toBeGreaterThan(0);
        expect(ttl).toBeGreaterThan(0);
        expect(ttl).toBeLessThanOrEqual(300);
      },
      SLOW_MS,
    );

    it(
      'coordinates once where two processes get the same key at the same time',
      async () => {
        const before = acknowledged.size;
        for (let round = 0; round < 5; round++) {
          const [one, other] = await Promise.all(commands.map((each) => post(each, `twin-${round}`, `twin-${round}`)));
          expect(one?.body).toEqual(other?.body);
          expect(one?.at).toBe(other?.at);
        }
        expect(acknowledged.size).toBe(before + 5);
        expect(await storedIds()).toEqual([...acknowledged.keys()].sort());
      },
      SLOW_MS,
    );

    it(
      'loses nothing and doubles nothing when the projector is killed at its work',
      async () => {
        const send = async (client: number): Promise<void> => {
          for (let n = 0; n < 8; n++) await post(commands[client % 2 === 0 ? 0 : 1], `p${client}`, `p${client}-${n}`);
        };
        const before = acknowledged.size;
        const sending = Promise.all([0, 1, 2, 3].map(send));
        while (acknowledged.size < before + 10) await new Promise((wake) => setTimeout(wake, 2));
        expect(await projector.signal('SIGKILL')).toBeNull();
        await sending;
        expect(acknowledged.size).toBe(before + 32);

        projector = await start('projector');
        await everythingIsThereOnce();
      },
      SLOW_MS,
    );

    it(
      'reads from the database when Redis is gone, and says so',
      async () => {
        const cached = await recentDecisions();
        redis.stop();
        let served = await recentDecisions();
        for (let attempt = 1; served.from !== 'database' && attempt < 200; attempt++) {
          await new Promise((wake) => setTimeout(wake, 20));
          served = await recentDecisions();
        }
        expect(served.from).toBe('database');
        // the cache lists them by position and the tables by time: those of two processes may differ by milliseconds
        const inOneOrder = (list: typeof served.body) => new Map(list.map((each) => [each.coordination_id, each]));
        expect(inOneOrder(served.body)).toEqual(inOneOrder(cached.body));
        expect(served.body).toHaveLength(cached.body.length);

        await post(commands[0], 'without-redis', 'without-redis');
        await everythingIsThereOnce();
        expect((await recentDecisions()).from).toBe('database');
      },
      SLOW_MS,
    );

    it(
      'ends each process on SIGTERM with code 0',
      async () => {
        const codes = await Promise.all([...commands, projector, query].map((each) => each.signal('SIGTERM')));
        expect(codes).toEqual([0, 0, 0, 0]);
      },
      SLOW_MS,
    );

    const storedIds = async (): Promise<string[]> => {
      const rows = await database.query<{ id: string }>(
        'SELECT coordination_id AS id FROM coordination_sessions ORDER BY coordination_id COLLATE "C"',
      );
      return rows.map(({ id }) => id);
    };

    /** What was acknowledged is what the write side stored and what the read side answers; its sums count each one once. */
    async function everythingIsThereOnce(): Promise<void> {
      const ids = [...acknowledged.keys()].sort();
      expect(await storedIds()).toEqual(ids);
      for (const [id, body] of acknowledged) expect(await (await get(`/coordination/${id}`)).json()).toEqual(body);
      const { decisions } = (await (await get('/decisions?limit=1000')).json()) as {
        readonly decisions: readonly { readonly coordination_id: string; readonly decision_id: string }[];
      };
      const read = decisions.map((each) => `${each.coordination_id} ${each.decision_id}`).sort();
      const given = [...acknowledged].flatMap(([id, body]) =>
        body.decisions.map((each) => `${id} ${each.decision_id}`),
      );
      expect(read).toEqual(given.sort());
      const sums = await database.query(
        `SELECT sum(coordinations)::int AS coordinations, sum(decisions)::int AS decisions FROM coordination_performance_ts`,
      );
      expect(sums).toEqual([{ coordinations: ids.length, decisions: given.length }]);
    }
  });
});
