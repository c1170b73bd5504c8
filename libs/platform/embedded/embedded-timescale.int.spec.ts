import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { asSqlFailure, DamagedDatabaseError, openEmbeddedTimescale } from '#platform';
import { compiledTimescaleWorker } from '#testing';

/** starting TimescaleDB in WASM on a busy machine */
const SLOW_MS = 180_000;

describe('openEmbeddedTimescale', () => {
  let parent: string;
  let dir: string;
  let worker: URL;

  beforeAll(async () => {
    worker = await compiledTimescaleWorker();
    parent = await mkdtemp(join(tmpdir(), 'timescale-'));
    dir = join(parent, 'data');
  });
  afterAll(() => rm(parent, { recursive: true, force: true }));

  it(
    'works beside the event loop, keeps transactions apart, and keeps the data over a restart',
    async () => {
      const db = await openEmbeddedTimescale({ dir, worker });
      await expect(openEmbeddedTimescale({ dir, worker })).rejects.toThrow(`in use by process ${process.pid}.`);

      let turns = 0;
      const turning = setInterval(() => turns++, 1);
      await db.query('CREATE TABLE kept AS SELECT n FROM generate_series(1, 300000) n ORDER BY md5(n::text)');
      clearInterval(turning);
      expect(turns).toBeGreaterThan(5);

      const late = await db.transaction(async (transaction) => transaction);
      await expect(late.query('SELECT 1')).rejects.toThrow('is over');
      const failure = await db.query('SELECT nonsense').catch((error: unknown) => asSqlFailure(error));
      expect(failure).toEqual({ code: '42703', message: 'column "nonsense" does not exist' });

      // what was asked before closing is answered
      const last = db.query('SELECT count(*)::int AS count FROM kept');
      await Promise.all([db.close(), db.close()]);
      expect(await last).toEqual([{ count: 300_000 }]);
      await expect(db.query('SELECT 1')).rejects.toThrow('The embedded TimescaleDB is closed.');
      expect(await readdir(dir)).toEqual(['cluster']);

      const again = await openEmbeddedTimescale({ dir, worker });
      expect(await again.query('SELECT count(*)::int AS count FROM kept')).toEqual([{ count: 300_000 }]);
      await again.close();
    },
    SLOW_MS,
  );

  it(
    'tells a folder that does not open from a thread that does not come up',
    async () => {
      const damaged = join(parent, 'damaged');
      await mkdir(join(damaged, 'cluster'), { recursive: true });
      await writeFile(join(damaged, 'cluster', 'PG_VERSION'), '');
      await expect(openEmbeddedTimescale({ dir: damaged, worker })).rejects.toBeInstanceOf(DamagedDatabaseError);
      expect(await readdir(damaged)).toEqual(['cluster']);

      const nowhere = pathToFileURL(join(parent, 'nowhere.mjs'));
      const missing = openEmbeddedTimescale({ dir: damaged, worker: nowhere });
      await expect(missing).rejects.toThrow('The thread of the embedded TimescaleDB failed: ');
      await expect(missing).rejects.not.toBeInstanceOf(DamagedDatabaseError);
    },
    SLOW_MS,
  );

  it('rejects what waits and what comes when the thread ends, and can still be closed', async () => {
    const crashing = join(parent, 'crashing.mjs');
    await writeFile(
      crashing,
      `import { parentPort } from 'node:worker_threads';
       for (const kind of ['LOADED', 'OPEN']) parentPort.postMessage({ kind });
       parentPort.on('message', () => { throw new Error('memory access out of bounds'); });`,
    );
    const folder = join(parent, 'crashed');
    const db = await openEmbeddedTimescale({ dir: folder, worker: pathToFileURL(crashing) });
    const why = 'ended unexpectedly (Error: memory access out of bounds): start the process again.';
    const asked = [db.query('SELECT 1'), db.query('SELECT 2'), db.transaction(async () => 1)];
    for (const each of await Promise.allSettled(asked)) {
      expect(each).toMatchObject({ status: 'rejected', reason: { message: `The embedded TimescaleDB ${why}` } });
    }
    await expect(db.query('SELECT 3')).rejects.toThrow(why);
    await db.close();
    expect(await readdir(folder)).toEqual([]);
  });
});
