import { AppendQueue } from './append-queue.js';
import { prepareAppend } from './append-statement.js';

const append = (stream: string) =>
  prepareAppend({
    streams: [
      {
        stream,
        expectedVersion: 0,
        events: [{ type: 'configuration_disabled', schemaVersion: 1, data: { config_name: stream, version: 1 } }],
      },
    ],
    metadata: { correlation_id: 'c', actor: 'a', engine_version: '1', runtime_version: '1' },
  });

/** A database that answers each call as told, and notes the streams of its batch. */
class FakeDatabase {
  readonly batches: string[][] = [];
  constructor(private readonly answer: (streams: readonly string[]) => Promise<void>) {}

  async query<Row extends object>(_: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    const streams = parameters[9] as string[];
    this.batches.push(streams);
    await this.answer(streams);
    return streams.map((stream, i) => ({ append: i + 1, kind: 'APPENDED', ticket: stream }) as unknown as Row);
  }
}

const streamsOf = (results: readonly PromiseSettledResult<{ row: { ticket: string | null } }>[]): (string | null)[] =>
  results.map((result) => (result.status === 'fulfilled' ? result.value.row.ticket : 'rejected'));

describe('AppendQueue', () => {
  const names = Array.from({ length: 5 }, (_, i) => `s${i}`);
  const runAll = (db: FakeDatabase) => {
    const queue = new AppendQueue(db, () => undefined);
    return Promise.allSettled(names.map((name) => queue.run(append(name))));
  };

  it('puts what arrives meanwhile into one statement, and gives each its own answer', async () => {
    const db = new FakeDatabase(async () => undefined);
    expect(streamsOf(await runAll(db))).toEqual(names);
    expect(db.batches).toEqual([['s0'], ['s1', 's2', 's3', 's4']]);
  });

  it('runs a batch one by one where the database refused it, so that only the culprit fails', async () => {
    const db = new FakeDatabase(async (streams) => {
      if (streams.includes('s2')) throw Object.assign(new Error('value too long'), { code: '22001' });
    });
    expect(streamsOf(await runAll(db))).toEqual(['s0', 's1', 'rejected', 's3', 's4']);
    expect(db.batches.slice(2)).toEqual([['s1'], ['s2'], ['s3'], ['s4']]);
  });

  it.each([
    ['the connection breaks', {}],
    ['the server shuts down', { code: '57P01' }],
  ])('does not run a batch again where %s, because it may have been committed', async (_, properties) => {
    const db = new FakeDatabase(async (streams) => {
      if (streams.length > 1) throw Object.assign(new Error('terminated'), properties);
    });
    expect(streamsOf(await runAll(db))).toEqual(['s0', 'rejected', 'rejected', 'rejected', 'rejected']);
    expect(db.batches).toHaveLength(2);
  });

  it('starts another statement beside one that takes long, but not more than four', async () => {
    let running = 0;
    let runningMax = 0;
    const db = new FakeDatabase(async () => {
      runningMax = Math.max(runningMax, ++running);
      await new Promise((resolve) => setTimeout(resolve, 250));
      running--;
    });
    const queue = new AppendQueue(db, () => undefined);
    const results: Promise<unknown>[] = [];
    for (let i = 0; i < 8; i++) {
      results.push(queue.run(append(`s${i}`)));
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    await Promise.all(results);
    expect(runningMax).toBe(4);
    expect(db.batches.flat().sort()).toEqual(Array.from({ length: 8 }, (_, i) => `s${i}`));
  });
});
