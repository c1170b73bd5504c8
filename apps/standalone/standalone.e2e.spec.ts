import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CoordinationRequest, CoordinationResponse } from '#domain';
import { createPostgresDatabase } from '#platform';
import { StandaloneProcess } from './standalone-process.js';

/** on a machine that does much else besides */
const SLOW_MS = 240_000;

interface DecisionPage {
  readonly decisions: readonly { readonly coordination_id: string; readonly decision_id: string }[];
  readonly next_cursor: string | null;
}

/** One folder from its first start to its repair: every `it` goes on where the one before it ended. */
describe('the standalone service', () => {
  const root = mkdtempSync(join(tmpdir(), 'standalone-'));
  const folder = join(root, 'data');
  const started: StandaloneProcess[] = [];
  let service: StandaloneProcess;
  let first: CoordinationResponse;
  const acknowledged = new Map<string, CoordinationResponse>();

  const start = (...args: string[]): StandaloneProcess => {
    service = StandaloneProcess.spawn(folder, { args });
    started.push(service);
    return service;
  };
  const getJson = async <T>(path: string, headers: Record<string, string> = {}): Promise<T> => {
    const response = await fetch(`${service.url}${path}`, { headers });
    expect([path, response.status]).toEqual([path, 200]);
    return (await response.json()) as T;
  };
  const post = (url: string, body: unknown): Promise<Response> =>
    fetch(`${url}/coordinate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const allDecisions = async (): Promise<string[]> => {
    const found: string[] = [];
    for (let path = '/decisions?limit=1000'; ;) {
      const page = await getJson<DecisionPage>(path);
      found.push(...page.decisions.map((d) => `${d.coordination_id} ${d.decision_id}`));
      if (page.next_cursor === null) return found;
      path = `/decisions?limit=1000&cursor=${encodeURIComponent(page.next_cursor)}`;
    }
  };

  afterAll(async () => {
    for (const each of started) await each.signal('SIGKILL');
    rmSync(root, { recursive: true, force: true });
  });

  it(
    'shows a demonstration on an empty folder',
    async () => {
      start();
      await service.prints(/The demonstration is complete: its 151200 daily bars are stored/);
      for (const text of [
        'SELL',
        'Refused because',
        'UNKNOWN_INSTRUMENT',
        'binds',
        '100 signals: ',
        '/docs',
        '/metrics',
      ]) {
        expect(service.output).toContain(text);
      }
      const id = /^(coord_\d{8}_\d{3}) as of 2025-06-20T20:00:00.000Z: OPTIMAL/m.exec(service.output)?.[1] ?? '';
      first = await getJson<CoordinationResponse>(`/coordination/${id}`);
      expect(first.coordination_summary.total_signals_processed).toBe(100);
      acknowledged.set(id, first);
    },
    SLOW_MS,
  );

  it(
    'takes the demonstration up again where it was killed, without a second coordination',
    async () => {
      const killed = StandaloneProcess.spawn(join(root, 'killed'));
      started.push(killed);
      await killed.prints(/Ready after/);
      expect(await killed.signal('SIGKILL')).toBeNull();
      expect(killed.output).not.toContain('The demonstration is complete');
      const again = StandaloneProcess.spawn(join(root, 'killed'));
      started.push(again);
      await again.prints(/The demonstration is complete: its 151200 daily bars are stored/);
      const page = (await (await fetch(`${again.url}/decisions?limit=1000`)).json()) as DecisionPage;
      expect(new Set(page.decisions.map((d) => d.coordination_id)).size).toBe(1);
      expect(await again.signal('SIGTERM')).toBe(0);
      rmSync(join(root, 'killed'), { recursive: true });
    },
    SLOW_MS,
  );

  it(
    'takes a request and answers queries about it, over one port',
    async () => {
      const answer = await post(service.url, request('http', 5));
      const body = (await answer.json()) as CoordinationResponse;
      expect([answer.status, body.coordination_summary.total_signals_processed]).toEqual([201, 5]);
      const position = answer.headers.get('coordination-position') ?? '';
      expect(await getJson(answer.headers.get('location') ?? '', { 'coordination-position': position })).toEqual(body);
      acknowledged.set(body.coordination_id, body);
      const page = await getJson<DecisionPage>(`/decisions?coordination_id=${body.coordination_id}`);
      expect(page.decisions).toHaveLength(body.decisions.length);
      expect(JSON.stringify(await getJson('/performance?bucket=1h'))).toContain('coordination_quality');
      expect(await getJson('/health/ready')).toMatchObject({ status: 'ok' });
      const { paths } = await getJson<{ paths: Record<string, unknown> }>('/openapi.json');
      expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/coordinate', '/decisions', '/performance']));
      for (const [path, text] of [
        ['/docs', '<html'],
        ['/metrics', 'coordination_coordinations_total{status="OPTIMAL"}'],
      ] as const) {
        expect(await (await fetch(`${service.url}${path}`)).text()).toContain(text);
      }
    },
    SLOW_MS,
  );

  it(
    'refuses a second process on its folder and another one on its port, in one sentence each',
    async () => {
      const port = Number(new URL(service.url).port);
      const second = StandaloneProcess.spawn(folder);
      const other = StandaloneProcess.spawn(join(root, 'other'), { port });
      started.push(second, other);
      expect([await second.exit(), await other.exit()]).toEqual([1, 1]);
      expect(second.output).toMatch(/^The folder .* is in use by process \d+\.\n$/);
      expect(other.output).toMatch(/^Port \d+ on 127\.0\.0\.1 is in use: .*\n$/);
      expect(readdirSync(root)).toEqual(['data']);
    },
    SLOW_MS,
  );

  it(
    'refuses a folder that cannot be written, in one sentence',
    async () => {
      writeFileSync(join(root, 'file'), '');
      const refused = StandaloneProcess.spawn(join(root, 'file', 'data'), { args: ['--no-demo'] });
      started.push(refused);
      expect(await refused.exit()).toBe(1);
      expect(refused.output).toMatch(/^The folder .* cannot be written: .*\n$/);
    },
    SLOW_MS,
  );

  it(
    'stops on SIGTERM with code 0, and keeps everything for the next start',
    async () => {
      expect(await service.signal('SIGTERM')).toBe(0);
      start();
      await service.prints(/Ready after/);
      expect(service.output).toContain('As it was left: 2 coordinations');
      expect(service.output).toContain('151200 bars of 200 instruments up to 2025-06-20');
      for (const [id, response] of acknowledged) expect(await getJson(`/coordination/${id}`)).toEqual(response);
      expect(await getJson('/portfolio-state/current?portfolio_id=demo')).toBeDefined();
    },
    SLOW_MS,
  );

  it(
    'loses nothing that it acknowledged when it is killed amid requests, and stores nothing twice',
    async () => {
      const { url } = service;
      let stopping = false;
      const client = async (name: string): Promise<void> => {
        for (let i = 0; !stopping && i < 10_000; i++) {
          const answer = await post(url, request(`${name}-${i}`, 3)).catch(() => null);
          // cut off half way it is not acknowledged
          const body =
            answer?.status === 201 ? ((await answer.json().catch(() => null)) as CoordinationResponse | null) : null;
          if (body !== null) acknowledged.set(body.coordination_id, body);
        }
      };
      const before = acknowledged.size;
      const clients = Array.from({ length: 8 }, (_, i) => client(`c${i}`));
      const deadline = Date.now() + SLOW_MS / 2;
      while (acknowledged.size < before + 60 && Date.now() < deadline) await new Promise((wake) => setTimeout(wake, 5));
      const taken = acknowledged.size - before;
      expect(await service.signal('SIGKILL')).toBeNull();
      stopping = true;
      await Promise.all(clients);
      expect(taken).toBeGreaterThanOrEqual(60);

      start();
      await service.prints(/Ready after/);
      await everythingIsThereOnce();
    },
    SLOW_MS,
  );

  it(
    'rebuilds the read models from the events where their files are damaged, and says so',
    async () => {
      expect(await service.signal('SIGINT')).toBe(0);
      writeFileSync(join(folder, 'timescale', 'cluster', 'global', 'pg_control'), '');
      start();
      await service.prints(/Ready after/);
      expect(service.output).toMatch(/read models did not open: .* rebuilt from the events/);
      await everythingIsThereOnce();
      expect(await service.signal('SIGTERM')).toBe(0);
    },
    SLOW_MS,
  );

  /** In the tables of the write side, in the events and in the answers of the read side, all alike. */
  async function everythingIsThereOnce(): Promise<void> {
    const stored = await readWriteSide();
    expect(stored.unpaired).toEqual([]);
    expect(new Set(stored.sessions).size).toBe(stored.sessions.length);
    for (const id of acknowledged.keys()) expect(stored.sessions).toContain(id);

    await readSideReaches(stored.lastPosition);
    for (const [id, response] of acknowledged) expect(await getJson(`/coordination/${id}`)).toEqual(response);
    for (const id of stored.sessions) await getJson(`/coordination/${id}`);
    const decisions = await allDecisions();
    expect([...decisions].sort()).toEqual(stored.decisions);
    expect(new Set(decisions).size).toBe(decisions.length);
  }

  async function readSideReaches(position: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const response = await fetch(`${service.url}/decisions?limit=1`, {
        headers: { 'coordination-position': position },
      });
      if (response.status === 200) return;
      if (attempt === 10) throw new Error(`the read side is behind position ${position}: ${await response.text()}`);
    }
  }

  async function readWriteSide() {
    const password = readFileSync(join(folder, 'postgres', 'password'), 'utf8').trim();
    const port = readFileSync(join(folder, 'postgres', 'cluster', 'postmaster.pid'), 'utf8').split('\n')[3] ?? '';
    const database = await createPostgresDatabase({
      url: `postgres://coordination:${password}@127.0.0.1:${port}/coordination`,
    });
    try {
      const [position] = await database.query<{ last: string }>('select max(position)::text as last from log');
      const sessions = await database.query<{ id: string }>('select coordination_id as id from coordination_sessions');
      const decisions = await database.query<{ name: string }>(
        `select coordination_id || ' ' || decision_id as name from coordination_decisions`,
      );
      const unpaired = await database.query(
        `select stream, count(*)::int as events from events where stream like 'coordination-%' group by stream having count(*) <> 2`,
      );
      return {
        lastPosition: position?.last ?? '',
        sessions: sessions.map((row) => row.id),
        decisions: decisions.map((row) => row.name).sort(),
        unpaired,
      };
    } finally {
      await database.close();
    }
  }
});

/** A small request of its own portfolio that trades. */
function request(portfolioId: string, instruments: number): CoordinationRequest {
  const ids = Array.from({ length: instruments }, (_, i) => `I${i}`);
  const asOf = '2025-06-20T20:00:00.000Z';
  return {
    as_of: asOf,
    signals: ids.map((instrument_id, i) => ({
      signal_id: `s${i}`,
      source: 'test',
      instrument_id,
      action: i % 2 === 0 ? 'BUY' : 'SELL',
      strength: 0.9,
      confidence: 0.8,
      generated_at: asOf,
    })),
    portfolio_state: {
      portfolio_id: portfolioId,
      as_of: asOf,
      cash: 1_000_000,
      positions: ids.map((instrument_id, i) => ({ instrument_id, quantity: 100 + i, price: 100 + i })),
    },
    market_data: {
      instruments: ids.map((instrument_id, i) => ({
        instrument_id,
        price: 100 + i,
        volatility: 0.01 + 0.001 * i,
        adv: 1e6,
      })),
    },
  };
}
