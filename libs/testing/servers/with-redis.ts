import { spawn, spawnSync } from 'node:child_process';
import { createConnection } from 'node:net';
import { findFreePort } from './free-port.js';

export interface TestRedis {
  /** read it inside a test or a hook */
  readonly url: string;
  /** Ends the server; only of one that was started for this spec. */
  stop(): void;
  /** After it was stopped, on the same port, empty. */
  restart(): Promise<void>;
  /** `describe`, or `describe.skip` where there is no Redis: the skipped tests are counted in the summary */
  readonly describe: jest.Describe;
}

/**
 * A Redis for the tests inside `redis.describe(...)`: a database of the server of TEST_REDIS_URL where that is set, else a
 * `redis-server` found on the PATH, that keeps nothing and ends with this process.
 *
 * @param options.own a server of its own in any case, for a spec that stops it
 */
export function withRedis(options: { readonly own?: boolean } = {}): TestRedis {
  const serverUrl = options.own === true ? undefined : process.env['TEST_REDIS_URL'];
  const installed = serverUrl !== undefined || spawnSync('redis-server', ['--version']).status === 0;
  let url = '';
  let stop = (): void => undefined;

  if (installed) {
    beforeAll(async () => {
      if (serverUrl === undefined) {
        const server = await startRedis();
        ({ url, stop } = server);
      } else {
        // workers run at once and must not see each other's keys
        const database = Number(process.env['JEST_WORKER_ID'] ?? '1') % 16;
        url = Object.assign(new URL(serverUrl), { pathname: `/${database}` }).href;
      }
    });
    afterAll(() => stop());
  }

  return {
    get url() {
      if (url === '') throw new Error('The url is known inside tests and hooks.');
      return url;
    },
    stop() {
      if (serverUrl !== undefined) throw new Error('The server of TEST_REDIS_URL is not ours to stop.');
      stop();
    },
    async restart() {
      ({ stop } = await startRedis(Number(new URL(url).port)));
    },
    describe: installed ? describe : describe.skip,
  };
}

async function startRedis(wanted?: number): Promise<{ url: string; stop: () => void }> {
  const port = wanted ?? (await findFreePort());
  // the shell ends the server when the pipe from us breaks, however we end
  const script = 'redis-server --bind 127.0.0.1 --port "$1" --save "" --appendonly no & read -r _; kill $!';
  const child = spawn('/bin/sh', ['-c', script, 'sh', String(port)], { stdio: ['pipe', 'ignore', 'ignore'] });
  for (let attempt = 1; !(await accepts(port)); attempt++) {
    if (attempt === 100) throw new Error('redis-server did not start within 5 s.');
    await new Promise((wake) => setTimeout(wake, 50));
  }
  return { url: `redis://127.0.0.1:${port}`, stop: () => child.stdin.end() };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
