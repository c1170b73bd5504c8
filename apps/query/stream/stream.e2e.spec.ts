import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createHttpApp } from '#platform';
import { AdvanceSignal, type CoordinationRecord, MemoryReadModelCache, openReadModels } from '#read-models';
import { coordinationCompleted, portfolioStateSet, RecordedLog, withPostgres } from '#testing';
import { ProjectorModule } from '../../projector/projector.module.js';
import { QueryModule } from '../query.module.js';

const CLIENTS_MAX = 3;
const opened: AbortController[] = [];

/** One connection to the stream, read as far as it is asked for. */
class Listener {
  private text = '';
  private constructor(
    readonly response: Response,
    private readonly abort: AbortController,
    private readonly reader: ReadableStreamDefaultReader<Uint8Array>,
  ) {}

  static async open(url: string, lastEventId?: string): Promise<Listener> {
    const abort = new AbortController();
    opened.push(abort);
    const headers: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const response = await fetch(`${url}/stream`, { headers, signal: abort.signal });
    if (response.body === null) throw new Error('no body');
    return new Listener(response, abort, response.body.getReader());
  }

  /** Reads until the text has it; null at the end of the stream. */
  async until(pattern: RegExp): Promise<string | null> {
    while (!pattern.test(this.text)) {
      const { done, value } = await this.reader.read();
      if (done) return null;
      this.text += new TextDecoder().decode(value);
    }
    return this.text;
  }

  /** The coordinations told so far, with their ids. */
  get records(): CoordinationRecord[] {
    return [...this.text.matchAll(/^id: (\d+)\nevent: coordination_completed\ndata: (.*)\n\n/gm)].map(
      ([, id, data]) => {
        const record = JSON.parse(data ?? '') as CoordinationRecord;
        expect(record.position).toBe(id);
        return record;
      },
    );
  }

  close(): void {
    this.abort.abort();
  }
}

/** With the projector in the process, as in the standalone service, and without, as in a query process of its own. */
describe.each([
  ['rung by the projector of the process', true],
  ['by looking at the database', false],
])('the stream of coordinations, %s', (_, together) => {
  const postgres = withPostgres();
  const log = new RecordedLog([
    portfolioStateSet(
      { position: 1n },
      { portfolio_id: 'main', as_of: '2025-06-20T20:00:00.000Z', cash: 1, positions: [] },
    ),
    coordinationCompleted({ position: 2n }),
    coordinationCompleted({ position: 3n }),
  ]);
  const apps: NestFastifyApplication[] = [];
  let url: string;

  beforeAll(async () => {
    const [writing, reading] = [await postgres.open(), await postgres.open()];
    const readModels = await openReadModels(writing);
    const cache = new MemoryReadModelCache();
    const advance = new AdvanceSignal();
    const stream = { clientsMax: CLIENTS_MAX, heartbeatMs: 50, pollMs: together ? 3_600_000 : 20 };
    const projector = ProjectorModule.register({ eventStore: log, readModels, cache, advance, pollIntervalMs: 20 });
    const query = QueryModule.register(
      together ? { readModels, cache, advance, stream } : { readModels: await openReadModels(reading), cache, stream },
    );
    for (const modules of together ? [[projector, query]] : [[projector], [query]]) {
      const app = await createHttpApp(modules, {
        settings: { HOST: '127.0.0.1', MAX_BODY_BYTES: 10_000, API_KEYS: [], LOG_LEVEL: 'silent' },
        service: 'query',
        description: { title: 'Query', description: 'Read models.', schemas: {} },
      });
      apps.push(app);
    }
    await apps.at(-1)?.listen(0, '127.0.0.1');
    url = (await apps.at(-1)?.getUrl()) ?? '';
    const seen = await fetch(`${url}/coordinations`, { headers: { 'coordination-position': '3' } });
    expect(seen.status).toBe(200);
  });
  afterEach(() => {
    for (const controller of opened.splice(0)) controller.abort();
  });
  afterAll(async () => {
    for (const app of apps) await app.close();
  });

  let last = 3n;
  const completeOne = (): string => {
    last += 1n;
    log.push(coordinationCompleted({ position: last }));
    return last.toString();
  };

  it('says where it begins, that it is alive, and what is completed from then on', async () => {
    const listener = await Listener.open(url);
    expect(listener.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(listener.response.headers.get('cache-control')).toBe('no-store');
    const before = last;
    await listener.until(/^: heartbeat$/m);
    expect(listener.records).toEqual([]);
    const position = completeOne();
    const text = await listener.until(/^data: /m);
    expect(text).toMatch(new RegExp(`^retry: 2000\nid: ${before}\n\n`));
    expect(listener.records).toEqual([
      {
        coordination_id: `coord_20250621_${position.padStart(3, '0')}`,
        position,
        timestamp: expect.stringMatching(/^2025-06-21T10:00:.*Z$/) as string,
        portfolio_id: 'main',
        config_name: null,
        status: 'OPTIMAL',
        coordination_quality: 0.88,
        decisions: 1,
        signals_processed: 1,
        signals_rejected: 0,
        turnover: 0.02,
        expected_cost_bps: 1.5,
      },
    ]);
  });

  it('goes on after the last event that a client saw, missing none and telling none twice', async () => {
    const first = await Listener.open(url);
    await first.until(/^id: /m);
    const seen = completeOne();
    await first.until(new RegExp(`^id: ${seen}\nevent`, 'm'));
    first.close();
    const missed = [completeOne(), completeOne()];
    const second = await Listener.open(url, seen);
    await second.until(new RegExp(`^id: ${missed[1]}\nevent`, 'm'));
    const next = completeOne();
    await second.until(new RegExp(`^id: ${next}\nevent`, 'm'));
    expect(second.records.map(({ position }) => position)).toEqual([...missed, next]);
  });

  it('tells everything from the beginning to whoever asks for it, also while others follow', async () => {
    const following = await Listener.open(url);
    const end = completeOne();
    await following.until(new RegExp(`^id: ${end}\nevent`, 'm'));
    const catching = await Listener.open(url, '0');
    await catching.until(new RegExp(`^id: ${end}\nevent`, 'm'));
    const positions = catching.records.map(({ position }) => BigInt(position));
    expect(positions).toEqual(Array.from({ length: Number(last) - 1 }, (_, index) => BigInt(index + 2)));
  });

  it('hands a long history over in batches, in order', async () => {
    const count = 250;
    const from = last;
    for (let index = 0; index < count; index++) completeOne();
    const listener = await Listener.open(url, from.toString());
    await listener.until(new RegExp(`^id: ${last}\nevent`, 'm'));
    expect(listener.records.map(({ position }) => Number(position) - Number(from))).toEqual(
      Array.from({ length: count }, (_, index) => index + 1),
    );
  });

  it('turns away more clients than it has room for, and has room again when one goes', async () => {
    const listeners = await Promise.all(Array.from({ length: CLIENTS_MAX }, () => Listener.open(url)));
    expect(listeners.map(({ response }) => response.status)).toEqual([200, 200, 200]);
    const refused = await fetch(`${url}/stream`);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10']);
    listeners[0]?.close();
    let status = 503;
    while (status === 503) status = (await Listener.open(url)).response.status;
    expect(status).toBe(200);
  });

  it('refuses a Last-Event-ID that is none', async () => {
    const answer = await fetch(`${url}/stream`, { headers: { 'last-event-id': 'yesterday' } });
    expect([answer.status, ((await answer.json()) as { type: string }).type]).toEqual([
      400,
      '/problems/invalid-header',
    ]);
  });

  it('lists the same coordinations newest first, in pages', async () => {
    const positions: number[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const answer = await fetch(`${url}/coordinations?limit=100${cursor === '' ? '' : `&cursor=${cursor}`}`);
      const page = (await answer.json()) as { coordinations: CoordinationRecord[]; next_cursor: string | null };
      positions.push(...page.coordinations.map(({ position }) => Number(position)));
      cursor = page.next_cursor;
    }
    expect(positions).toEqual(Array.from({ length: Number(last) - 1 }, (_, index) => Number(last) - index));
    const of = async (query: string): Promise<number> => {
      const answer = await fetch(`${url}/coordinations?${query}`);
      return ((await answer.json()) as { coordinations: unknown[] }).coordinations.length;
    };
    expect([await of('portfolio_id=main'), await of('portfolio_id=other'), await of('status=RELAXED')]).toEqual([
      50, 0, 0,
    ]);
    expect((await fetch(`${url}/coordinations?cursor=x`)).status).toBe(422);
  });

  it('ends when the process does', async () => {
    const listener = await Listener.open(url);
    await listener.until(/^id: /m);
    await apps.at(-1)?.close();
    expect(await listener.until(/never/)).toBeNull();
  });
});
