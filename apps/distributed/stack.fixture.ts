import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CoordinationRequest, CoordinationResponse } from '#domain';
import { type EmbeddedPostgres, packageRoot, startEmbeddedPostgres } from '#platform';
import { samplePortfolio, sampleRequest } from '../command/e2e/sample-request.js';
import { composeProcess, type Places, prometheusConfiguration } from './compose.fixture.js';
import { type ServiceName, ServiceProcess } from './service-process.js';

const DIST = join(packageRoot(), 'dist');
const KEY = 'a-key-of-the-distributed-tests';
const SCOPES = 'coordinate+read+operate+audit';

/** A Postgres of its own on a port that it keeps when it is stopped and started again. */
export class PostgresServer {
  private constructor(
    private readonly dir: string,
    private server: EmbeddedPostgres | null,
    readonly url: string,
    readonly place: string,
  ) {}

  static async start(dir: string): Promise<PostgresServer> {
    const server = await startEmbeddedPostgres({ dir });
    return new PostgresServer(dir, server, server.url, `127.0.0.1:${server.port}`);
  }

  get password(): string {
    return decodeURIComponent(new URL(this.url).password);
  }

  async stop(): Promise<void> {
    await this.server?.stop();
    this.server = null;
  }

  async restart(): Promise<void> {
    this.server = await startEmbeddedPostgres({ dir: this.dir, port: Number(new URL(this.url).port) });
  }
}

/** What was acknowledged, and by which process. */
export interface Acknowledged {
  readonly id: string;
  readonly key: string;
  readonly position: bigint;
}

/** The processes of docker-compose.yml on servers of this machine. */
export class Stack {
  readonly acknowledged: Acknowledged[] = [];
  private readonly started: ServiceProcess[] = [];
  private sent = 0;

  private constructor(
    private readonly folder: string,
    readonly events: PostgresServer,
    readonly readModels: PostgresServer,
    private readonly places: Places,
  ) {}

  static async open(brokers: {
    readonly redisUrl: string;
    readonly pulsarUrl: string;
    readonly webSocketUrl: string;
  }): Promise<Stack> {
    const folder = await mkdtemp(join(tmpdir(), 'coordination-stack-'));
    const [events, readModels] = await Promise.all([
      PostgresServer.start(join(folder, 'events')),
      PostgresServer.start(join(folder, 'read-models')),
    ]);
    // one password for both, as in the file
    const place = (url: string): string => new URL(url).host;
    return new Stack(folder, events, readModels, {
      'postgres:5432': events.place,
      'timescale:5432': readModels.place,
      'redis:6379': place(brokers.redisUrl),
      'pulsar:6650': place(brokers.pulsarUrl),
      'pulsar:8080': place(brokers.webSocketUrl),
    });
  }

  /** @param further settings beside those of docker-compose.yml */
  start(name: ServiceName, further: Readonly<Record<string, string>> = {}, dist = DIST): Promise<ServiceProcess> {
    const made = ServiceProcess.spawn(dist, name, { ...this.environment(name), ...further });
    this.started.push(made);
    return made.listens();
  }

  /** What it gets from docker-compose.yml. */
  environment(name: ServiceName): Readonly<Record<string, string>> {
    const { environment } = composeProcess(name, this.places, {
      POSTGRES_PASSWORD: this.events.password,
      API_KEYS: `tests:${createHash('sha256').update(KEY).digest('hex')}:${SCOPES}`,
      METRICS_API_KEY_FILE: 'none',
    });
    const own = this.readModels.password;
    return {
      ...environment,
      READ_DATABASE_URL: withPassword(environment['READ_DATABASE_URL'] ?? '', own),
      MARKET_DATA_DATABASE_URL: withPassword(environment['MARKET_DATA_DATABASE_URL'] ?? '', own),
      // folders of the image
      AUDIT_DIR: join(this.folder, 'audit'),
      MARKET_DATA_DIR: join(this.folder, `market-data-${this.started.length}`),
      HOST: '127.0.0.1',
      PORT: '0',
    };
  }

  fetch(of: ServiceProcess, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${KEY}`);
    return fetch(`${of.url}${path}`, { ...init, headers, signal: init.signal ?? AbortSignal.timeout(60_000) });
  }

  /** The value of a metric; NaN where it is not there. */
  async metric(of: ServiceProcess, name: string): Promise<number> {
    const text = await (await this.fetch(of, '/metrics')).text();
    return Number(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'm').exec(text)?.[1]);
  }

  /**
   * Posts a coordination until one of the processes acknowledges it, as a client with several addresses does: no answer, or one
   * that says to come again, means another try under the same key.
   */
  async post(commands: () => readonly ServiceProcess[], portfolio = `p${this.sent % 5}`): Promise<Acknowledged> {
    const key = `key-${this.sent++}`;
    for (let attempt = this.sent; ; attempt++) {
      const all = commands();
      const to = all[attempt % all.length] as ServiceProcess;
      const answer = await this.postTo(to, key, portfolio).catch(() => null);
      if (answer === null || answer.status >= 500) {
        await answer?.text();
        await new Promise((wake) => setTimeout(wake, 50));
        continue;
      }
      const body = (await answer.json()) as CoordinationResponse;
      if (answer.status !== 201) throw new Error(`${answer.status}: ${JSON.stringify(body)}`);
      return this.acknowledge(answer, key, body);
    }
  }

  postTo(process: ServiceProcess, key: string, portfolio: string): Promise<Response> {
    return this.fetch(process, '/coordinate', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(this.sample(portfolio)),
    });
  }

  sample(portfolio = 'main'): CoordinationRequest {
    return sampleRequest({ portfolio_state: { ...samplePortfolio(), portfolio_id: portfolio } });
  }

  acknowledge(answer: Response, key: string, body: CoordinationResponse): Acknowledged {
    const position = BigInt(answer.headers.get('coordination-position') ?? '0');
    const acknowledged = { id: body.coordination_id, key, position };
    this.acknowledged.push(acknowledged);
    return acknowledged;
  }

  async postMany(commands: () => readonly ServiceProcess[], count: number, clients = 4): Promise<void> {
    let left = count;
    const client = async (): Promise<void> => {
      while (left-- > 0) await this.post(commands);
    };
    await Promise.all(Array.from({ length: clients }, client));
  }

  /** A Prometheus with the configuration of deploy/prometheus, asking these processes. */
  async prometheus(
    port: number,
    targets: Readonly<Record<ServiceName, readonly ServiceProcess[]>>,
  ): Promise<ChildProcess> {
    const keyFile = join(this.folder, 'metrics-key');
    await writeFile(keyFile, KEY, { mode: 0o600 });
    const hosts = (of: readonly ServiceProcess[]) => of.map(({ url }) => new URL(url).host);
    const local = prometheusConfiguration({
      keyFile,
      intervalSeconds: 1,
      targets: { command: hosts(targets.command), projector: hosts(targets.projector), query: hosts(targets.query) },
    });
    const file = join(this.folder, 'prometheus.yml');
    await writeFile(file, local);
    const args = [`--config.file=${file}`, `--storage.tsdb.path=${join(this.folder, 'prometheus')}`];
    return spawn('prometheus', [...args, `--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' });
  }

  async close(): Promise<void> {
    for (const each of this.started) await each.signal('SIGKILL');
    await Promise.all([this.events.stop(), this.readModels.stop()]);
    await rm(this.folder, { recursive: true, force: true });
  }
}

const withPassword = (url: string, password: string): string => Object.assign(new URL(url), { password }).href;
