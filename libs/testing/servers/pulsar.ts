import { execFile, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { packageRoot } from '#platform';

import { findFreePort } from './free-port.js';

export interface TestPulsar {
  /** `ws://...`; read it inside a test or a hook */
  readonly webSocketUrl: string;
  /** `pulsar://...`; read it inside a test or a hook */
  readonly url: string;
  /** SIGKILL; only of a broker that was started for these tests. */
  kill(): Promise<void>;
  /** After it was killed, with what it had. */
  restart(): Promise<void>;
  /** `describe`, or `describe.skip` where no broker can be had: the skipped tests are counted in the summary */
  readonly describe: jest.Describe;
}

interface Broker {
  readonly webSocketUrl: string;
  readonly url: string;
  /** for pulsar.sh; null where it is not ours */
  readonly environment: Readonly<Record<string, string>> | null;
}

const SCRIPT = join(packageRoot(), 'deploy/local/pulsar/pulsar.sh');
/** on a machine that does much else besides */
const START_MS = 180_000;
const run = promisify(execFile);

/**
 * A Pulsar broker for the tests inside `pulsar.describe(...)`: that of TEST_PULSAR_URL and TEST_PULSAR_WEBSOCKET_URL where
 * they are set, else one that all specs of a Jest worker share and that ends with the worker. Its jars must be there
 * (deploy/local/pulsar/pulsar.sh fetch): fetching them takes minutes, which is not for a test to spend unasked.
 *
 * @param options.own one that may be killed in any case
 * @param options.settings in place of those of deploy/local/pulsar/broker.conf; then it is one that no other spec has
 */
export function withPulsar(
  options: { readonly own?: boolean; readonly settings?: Readonly<Record<string, string>> } = {},
): TestPulsar {
  const given = options.own === true ? null : givenBroker();
  const available = given !== null || isFetched();
  let broker: Broker | null = given;

  if (available && given === null) {
    beforeAll(async () => {
      broker = await sharedBroker(options.settings ?? {});
    }, START_MS);
  }

  const opened = (): Broker => {
    if (broker === null) throw new Error('The broker is known inside tests and hooks.');
    return broker;
  };
  const command = async (name: 'kill' | 'start'): Promise<void> => {
    const { environment } = opened();
    if (environment === null) throw new Error('The broker of TEST_PULSAR_URL is not ours to stop.');
    await run(SCRIPT, [name], { env: { ...process.env, ...environment } });
  };

  return {
    get webSocketUrl() {
      return opened().webSocketUrl;
    },
    get url() {
      return opened().url;
    },
    kill: () => command('kill'),
    restart: () => command('start'),
    describe: available ? describe : describe.skip,
  };
}

/** The same broker outside tests, ending with this process; null where none can be had. */
export async function openTestBroker(): Promise<Broker | null> {
  return givenBroker() ?? (isFetched() ? sharedBroker({}) : null);
}

const isFetched = (): boolean => spawnSync(SCRIPT, ['fetched']).status === 0;

function givenBroker(): Broker | null {
  const { TEST_PULSAR_URL: url, TEST_PULSAR_WEBSOCKET_URL: webSocketUrl } = process.env;
  return url === undefined || webSocketUrl === undefined ? null : { url, webSocketUrl, environment: null };
}

/** The files of a run share no memory, but they share the process: the first leaves the broker's address for the others. */
async function sharedBroker(settings: Readonly<Record<string, string>>): Promise<Broker> {
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  const folder = join(tmpdir(), `coordination-test-pulsar-${[process.pid, ...lines].join('-')}`);
  const note = join(folder, 'broker.json');
  if (existsSync(note)) return JSON.parse(readFileSync(note, 'utf8')) as Broker;
  await mkdir(folder, { recursive: true });
  const [port, httpPort, bookiePort] = await Promise.all([findFreePort(), findFreePort(), findFreePort()]);
  const broker: Broker = {
    url: `pulsar://127.0.0.1:${port}`,
    webSocketUrl: `ws://127.0.0.1:${httpPort}`,
    environment: {
      PULSAR_DIR: join(folder, 'broker'),
      PULSAR_PORT: String(port),
      PULSAR_HTTP_PORT: String(httpPort),
      PULSAR_BOOKIE_PORT: String(bookiePort),
      PULSAR_START_SECONDS: String(START_MS / 1000 - 10),
      PULSAR_SETTINGS: lines.join('\n'),
    },
  };
  await startWithUs(broker, folder);
  await writeFile(`${note}.new`, JSON.stringify(broker));
  await rename(`${note}.new`, note);
  return broker;
}

/** The script ends the broker when the pipe from us breaks, however we end, and the folder goes with it. */
async function startWithUs(broker: Broker, folder: string): Promise<void> {
  const child = spawn('/bin/sh', ['-c', '"$1" run; rm -rf "$2"', 'sh', SCRIPT, folder], {
    env: { ...process.env, ...broker.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
    // a Ctrl-C is for us; the pipe then tells it
    detached: true,
  });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (data: Buffer) => (said += data.toString()));
    child.stdout.on('data', (data: Buffer) => /PULSAR_WEBSOCKET_URL/.test(data.toString()) && resolve());
    child.on('exit', () => reject(new Error(`The broker did not start:\n${said}`)));
  }).catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  child.unref();
  // the pipes alone must not keep Jest from ending
  for (const pipe of [child.stdin, child.stdout, child.stderr]) if (pipe instanceof Socket) pipe.unref();
}
