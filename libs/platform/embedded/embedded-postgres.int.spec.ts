import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { createPostgresDatabase, packageRoot, startEmbeddedPostgres } from '#platform';

import { lockFolder } from './folder-lock.js';

const asRoot = process.getuid?.() === 0;
/** where children find the starter as JavaScript; inside node_modules, so that it finds its packages */
const compiled = join(packageRoot(), 'node_modules/.cache', `embedded-postgres-spec-${process.pid}`);

beforeAll(() => {
  const swc = join(packageRoot(), 'node_modules/.bin/swc');
  const args = ['libs/platform', '--out-dir', compiled, '--config-file', '.swcrc', '--quiet'];
  execFileSync(swc, args, { cwd: packageRoot() });
});

afterAll(() => rm(compiled, { recursive: true, force: true }));

describe('startEmbeddedPostgres', () => {
  let template: string;
  let parent: string;
  /** with data: a copy, which is quicker than making it, and which root has to give to the user Postgres runs as */
  let dir: string;

  beforeAll(async () => {
    template = await mkdtemp(join(tmpdir(), 'embedded-template-'));
    await (await startEmbeddedPostgres({ dir: template })).stop();
  });

  afterAll(() => rm(template, { recursive: true, force: true }));

  beforeEach(async () => {
    // made for its owner only, as /root is: as root, the user Postgres runs as cannot enter it
    parent = await mkdtemp(join(tmpdir(), 'embedded-'));
    dir = join(parent, 'postgres');
    await cp(template, dir, { recursive: true });
  });

  afterEach(() => rm(parent, { recursive: true, force: true }));

  async function query<Row extends object>(url: string, sql: string): Promise<Row[]> {
    const db = await createPostgresDatabase({ url, poolSize: 1 });
    try {
      return await db.query<Row>(sql);
    } finally {
      await db.close();
    }
  }

  it('keeps the data over a restart, in a folder only its owner can read', async () => {
    dir = join(parent, 'new', 'postgres');
    const first = await startEmbeddedPostgres({ dir });
    await query(first.url, `CREATE TABLE kept AS SELECT 'ä' AS body`);
    expect(
      await query(
        first.url,
        `SELECT current_setting('fsync') AS fsync, current_setting('server_encoding') AS encoding`,
      ),
    ).toEqual([{ fsync: 'on', encoding: 'UTF8' }]);
    await first.stop();
    expect((await stat(join(dir, 'password'))).mode & 0o777).toBe(0o600);

    const second = await startEmbeddedPostgres({ dir });
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
    expect(await query(second.url, 'SELECT body FROM kept')).toEqual([{ body: 'ä' }]);
    await second.stop();
  });

  it('refuses a folder that is in use, and says by whom', async () => {
    const server = await startEmbeddedPostgres({ dir });
    await expect(startEmbeddedPostgres({ dir })).rejects.toThrow(
      `The folder ${dir} is in use by process ${process.pid}.`,
    );
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await server.stop();
  });

  it('listens on the port it is told, or says that it is in use', async () => {
    const server = await startEmbeddedPostgres({ dir });
    const other = join(parent, 'other');
    await cp(template, other, { recursive: true });
    await expect(startEmbeddedPostgres({ dir: other, port: server.port })).rejects.toThrow(
      `cannot listen on port ${server.port}: it is in use.`,
    );
    await server.stop();
    const again = await startEmbeddedPostgres({ dir: other, port: server.port });
    expect(again.port).toBe(server.port);
    await again.stop();
  });

  it('ends with a process that is killed, and starts again at once with what was committed', async () => {
    const { child, url } = await startInChild(dir);
    await query(url, 'CREATE TABLE kept AS SELECT 1 AS one');
    child.kill('SIGKILL');
    await once(child, 'exit');

    const server = await startEmbeddedPostgres({ dir });
    expect(await query(server.url, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
    await server.stop();
  });

  it('leaves no server behind a killed process', async () => {
    const { child } = await startInChild(dir);
    child.kill('SIGKILL');
    const pidFile = join(dir, 'cluster', 'postmaster.pid');
    for (let waited = 0; waited < 100 && (await stat(pidFile).catch(() => null)) !== null; waited++)
      await setTimeout(50);
    expect(await stat(pidFile).catch(() => null)).toBeNull();
  });

  it('recovers when server and process were killed together, and the pid went to another process', async () => {
    const { child, url } = await startInChild(dir);
    await query(url, 'CREATE TABLE kept AS SELECT 1 AS one');
    const pidFile = join(dir, 'cluster', 'postmaster.pid');
    const lines = (await readFile(pidFile, 'utf8')).split('\n');
    process.kill(Number(lines[0]), 'SIGKILL');
    child.kill('SIGKILL');
    await once(child, 'exit');
    await writeFile(pidFile, [process.pid, ...lines.slice(1)].join('\n'));

    const server = await startEmbeddedPostgres({ dir });
    expect(await query(server.url, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
    await server.stop();
  });

  it('stops cleanly after somebody else killed the server, and starts again', async () => {
    const first = await startEmbeddedPostgres({ dir });
    process.kill(Number.parseInt(await readFile(join(dir, 'cluster', 'postmaster.pid'), 'utf8'), 10), 'SIGKILL');
    await first.stop();
    const second = await startEmbeddedPostgres({ dir });
    expect(await query(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await second.stop();
  });

  it('says what is wrong with a broken data folder', async () => {
    await writeFile(join(dir, 'cluster', 'PG_VERSION'), '9\n');
    await expect(startEmbeddedPostgres({ dir })).rejects.toThrow(
      `The embedded Postgres in ${dir} did not start: database files are incompatible with server`,
    );
  });

  it('says that a folder cannot be written', async () => {
    const file = join(parent, 'file');
    await writeFile(file, '');
    await expect(startEmbeddedPostgres({ dir: join(file, 'postgres') })).rejects.toThrow(
      `The folder ${join(file, 'postgres')} cannot be written: a file is in its way.`,
    );
    if (asRoot) return;
    await chmod(parent, 0o500);
    await expect(startEmbeddedPostgres({ dir })).rejects.toThrow(
      `The folder ${dir} cannot be written: permission denied.`,
    );
  });

  it('goes with the process when it is a throw-away', async () => {
    const { child } = await startInChild(dir, { throwAway: true });
    child.kill('SIGKILL');
    for (let waited = 0; waited < 100 && (await stat(dir).catch(() => null)) !== null; waited++) await setTimeout(50);
    expect(await stat(dir).catch(() => null)).toBeNull();
  });
});

describe('lockFolder', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lock-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('lets one of many in', async () => {
    const attempts = await Promise.allSettled(Array.from({ length: 10 }, () => lockFolder(dir)));
    const locks = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
    expect(locks).toHaveLength(1);
    await locks[0]?.release();
    await (await lockFolder(dir)).release();
  });

  const left = { pid: process.pid, start: 'an earlier process with this pid', host: hostname(), nonce: 'x' };

  it('lets one of many take over what a dead process left', async () => {
    // many times: what goes wrong here goes wrong seldom
    for (let round = 0; round < 20; round++) {
      await writeFile(join(dir, 'in-use'), JSON.stringify(left));
      const attempts = await Promise.allSettled(Array.from({ length: 10 }, () => lockFolder(dir)));
      const locks = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
      expect(locks).toHaveLength(1);
      await locks[0]?.release();
      expect(await readdir(dir)).toEqual([]);
    }
  });

  it('takes over where a process died while it took over', async () => {
    await writeFile(join(dir, 'in-use'), JSON.stringify(left));
    await writeFile(join(dir, 'in-use.x'), JSON.stringify({ ...left, nonce: 'y' }));
    await writeFile(join(dir, 'in-use.x.y'), JSON.stringify({ ...left, nonce: 'z' }));
    await (await lockFolder(dir)).release();
    expect(await readdir(dir)).toEqual([]);
  });

  it('believes a process of another host as long as it shows life', async () => {
    await writeFile(join(dir, 'in-use'), JSON.stringify({ pid: 1, start: null, host: 'elsewhere', nonce: 'x' }));
    await expect(lockFolder(dir)).rejects.toThrow(`The folder ${dir} is in use by process 1 on elsewhere.`);
    await utimes(join(dir, 'in-use'), new Date(0), new Date(0));
    await (await lockFolder(dir)).release();
  });
});

/** A process of its own, that starts the server and then does nothing. */
async function startInChild(dir: string, options: object = {}): Promise<{ child: ChildProcess; url: string }> {
  const platform = join(compiled, 'libs/platform/embedded/embedded-postgres.js');
  const script = `import { startEmbeddedPostgres } from ${JSON.stringify(platform)};
    const server = await startEmbeddedPostgres(${JSON.stringify({ dir, ...options })});
    console.log(server.url);
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [url] = (await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error('The child ended early.'))),
  ])) as [Buffer];
  return { child, url: url.toString().trim() };
}
