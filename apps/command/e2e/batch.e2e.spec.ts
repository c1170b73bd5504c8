import type { CoordinationRequest, CoordinationResponse } from '#domain';
import type { SqlDatabase } from '#platform';
import { withPostgres } from '#testing';
import type { BatchLine } from '../coordination/coordinate-batch.js';
import { type CommandApp, openCommandApp } from './command-app.js';
import { samplePortfolio, sampleRequest, sampleSignal } from './sample-request.js';

// outside, so that it ends after the application
const postgres = withPostgres();

describe('POST /batch-coordinate', () => {
  let db: SqlDatabase;
  let command: CommandApp;
  beforeAll(async () => {
    db = await postgres.open();
    command = await openCommandApp(db, postgres.url);
  });
  afterAll(() => command.close());

  const sessions = async (): Promise<number> =>
    (await db.query<{ n: number }>('SELECT count(*)::int AS n FROM coordination_sessions'))[0]?.n ?? -1;
  /** told apart by how many signals they bring */
  const list = (...sizes: number[]): CoordinationRequest[] =>
    sizes.map((size) => sampleRequest({ signals: Array.from({ length: size }, (_, n) => sampleSignal(n)) }));
  const sizesOf = (bodies: readonly CoordinationResponse[]) =>
    bodies.map((b) => b.coordination_summary.total_signals_processed);

  it('answers in the order of the list', async () => {
    const answer = await command.post('/batch-coordinate', list(3, 1, 4, 2, 5));
    expect(answer.status).toBe(201);
    const bodies = answer.json<CoordinationResponse[]>();
    expect(sizesOf(bodies)).toEqual([3, 1, 4, 2, 5]);
    expect(new Set(bodies.map((b) => b.coordination_id)).size).toBe(5);
    expect(answer.headers['coordination-position']).toBe(String(await command.store.lastPosition()));
    expect((await command.post('/batch-coordinate', [])).json<unknown[]>()).toEqual([]);
  });

  it('streams each as it is stored', async () => {
    const answer = await command.post('/batch-coordinate', list(2, 3, 1), { accept: 'application/x-ndjson' });
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/x-ndjson']);
    const lines = answer.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as BatchLine);
    const inOrder = [...lines].sort((a, b) => a.index - b.index);
    expect(inOrder.map((l) => [l.status, l.response?.coordination_summary.total_signals_processed])).toEqual([
      [201, 2],
      [201, 3],
      [201, 1],
    ]);
    for (const line of lines) {
      const [, completed] = await command.store.readStream(`coordination-${line.response?.coordination_id}`);
      expect(line.coordination_position).toBe(String(completed?.position));
      expect(line.location).toBe(`/coordination/${line.response?.coordination_id}`);
    }
  });

  it.each([{}, { accept: 'application/x-ndjson' }])('refuses the whole list for one bad item (%j)', async (headers) => {
    const before = await sessions();
    const bad = await command.post('/batch-coordinate', [...list(1), { signals: 7 }], headers);
    expect([bad.status, bad.json().errors.map((e) => e.pointer)]).toEqual([422, ['/1/signals']]);
    const unknown = await command.post(
      '/batch-coordinate',
      [...list(1), sampleRequest({ config_name: 'none' })],
      headers,
    );
    expect([unknown.status, unknown.json().errors.map((e) => e.pointer)]).toEqual([422, ['/1/config_name']]);
    expect(await sessions()).toBe(before);
  });

  const unpriced = (): CoordinationRequest =>
    sampleRequest({ portfolio_state: { ...samplePortfolio(), positions: [{ instrument_id: 'ZZZ', quantity: 1 }] } });

  it('stores nothing where only deciding finds what is wrong', async () => {
    const before = await sessions();
    const answer = await command.post('/batch-coordinate', [...list(1, 1), unpriced()]);
    expect(answer.json().errors.map((e) => e.pointer)).toEqual(['/2/portfolio_state/positions/0/price']);
    expect(await sessions()).toBe(before);
  });

  it('tells in its line what only deciding finds, once the stream is under way', async () => {
    const answer = await command.post('/batch-coordinate', [unpriced(), ...list(1)], {
      accept: 'application/x-ndjson',
    });
    const lines = answer.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as BatchLine);
    expect(lines.find((l) => l.index === 0)).toMatchObject({
      status: 422,
      problem: { type: '/problems/invalid-request', errors: [{ pointer: '/0/portfolio_state/positions/0/price' }] },
    });
    expect(lines.find((l) => l.index === 1)?.status).toBe(201);
  });

  it('does each item once for a key, also when repeated at the same time or streamed', async () => {
    const before = await sessions();
    const send = (body: unknown, headers = {}) =>
      command.post('/batch-coordinate', body, { 'idempotency-key': 'b', ...headers });
    const [first, second] = await Promise.all([send(list(2, 1)), send(list(2, 1))]);
    expect(second?.text).toBe(first?.text);
    expect(await sessions()).toBe(before + 2);
    const again = await send(list(2, 1));
    expect([again.text, again.headers['idempotency-replayed']]).toEqual([first?.text, 'true']);
    const streamed = await send(list(2, 1), { accept: 'application/x-ndjson' });
    expect(streamed.text.trimEnd().split('\n')).toHaveLength(2);
    expect(await sessions()).toBe(before + 2);
    expect((await send(list(2, 2))).json().type).toBe('/problems/idempotency-key-reused');
  });
});
