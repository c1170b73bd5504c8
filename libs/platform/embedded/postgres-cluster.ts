import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  appendFile,
  chown,
  mkdir,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';

import { OperatorError } from '../operator-error.js';
import { isAlive, processProgram } from './process-identity.js';
import { canReach, type ServiceUser } from './service-user.js';

export interface ClusterPlace {
  readonly dir: string;
  /** folder with bin/, lib/, share/ */
  readonly binaries: string;
  /** whom to run Postgres as; null for ourselves */
  readonly user: ServiceUser | null;
}

const CLUSTER = 'cluster';
const SETTINGS = 'coordination.conf';
const LOG_BYTES_MAX = 10_000_000;

/** Makes the data folder and its password unless it is there. Killed half way, it is made anew the next time. */
export async function createCluster(
  place: ClusterPlace & { readonly superuser: string; readonly durable: boolean },
): Promise<void> {
  const { dir, user } = place;
  await ownedBy(user, dir);
  const cluster = join(dir, CLUSTER);
  if ((await stat(join(cluster, 'PG_VERSION')).catch(() => null)) !== null) return takeOwnership(user, cluster);

  const passwordFile = join(dir, 'password');
  await writeFile(passwordFile, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  await ownedBy(user, passwordFile);
  const draft = join(dir, `${CLUSTER}.new`);
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  await ownedBy(user, draft);
  const { status, output } = await runTool(place, draft, 'initdb', [
    `--pgdata=${reachablePath(user, draft)}`,
    `--username=${place.superuser}`,
    '--pwfile=../password',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...(place.durable ? [] : ['--no-sync']),
  ]);
  if (status !== 0) throw new OperatorError(`The embedded Postgres could not be set up in ${dir}: ${lastLine(output)}`);
  await appendFile(join(draft, 'postgresql.conf'), `\ninclude_if_exists '${SETTINGS}'\n`);
  await rename(draft, cluster);
}

/** Files restored from a copy may have become another user's, which Postgres refuses. */
async function takeOwnership(user: ServiceUser | null, cluster: string): Promise<void> {
  if (user === null || (await stat(cluster)).uid === user.uid) return;
  await ownedBy(user, cluster);
  const entries = await readdir(cluster, { recursive: true });
  for (const entry of entries) await ownedBy(user, join(cluster, entry));
}

async function ownedBy(user: ServiceUser | null, path: string): Promise<void> {
  if (user !== null) await chown(path, user.uid, user.gid);
}

/**
 * Below a folder that the user may not enter (/root, say) no absolute path works for it, but the folder the process was
 * started in does.
 */
function reachablePath(user: ServiceUser | null, folder: string): string {
  if (user === null || canReach(user, folder)) return folder;
  if (process.platform === 'linux') return '/proc/self/cwd';
  throw new OperatorError(
    `The user Postgres runs as cannot enter ${folder}: choose another folder, or start as another user.`,
  );
}

export class PostgresCluster {
  private readonly cluster: string;
  private watchdog: ChildProcess | null = null;

  constructor(private readonly place: ClusterPlace) {
    this.cluster = join(place.dir, CLUSTER);
  }

  async start(settings: { readonly port: number; readonly durable: boolean }): Promise<'STARTED' | 'PORT_IN_USE'> {
    await this.writeSettings(settings);
    const log = join(this.place.dir, 'server.log');
    const before = await this.prepareLog(log);
    const options = ['-D', this.dataPath(), '-l', '../server.log', '-w', '-t', '120', '-s'];
    for (let attempt = 1; ; attempt++) {
      const { status, output } = await this.control('start', options);
      if (status === 0) return 'STARTED';
      const said = (await readFile(log, 'utf8')).slice(before);
      if (said.includes('could not create any TCP/IP sockets')) return 'PORT_IN_USE';
      // the last of a killed server's processes are still leaving
      if (said.includes('pre-existing shared memory block') && attempt < 20) {
        await new Promise((wake) => setTimeout(wake, 250));
        continue;
      }
      const reason = /FATAL: {2}(.*)/.exec(said)?.[1] ?? lastLine(output);
      throw new OperatorError(`The embedded Postgres in ${this.place.dir} did not start: ${reason}`);
    }
  }

  /** Stops the server that an earlier process left running, and forgets a pid that has become somebody else's. */
  async stopLeftover(): Promise<void> {
    await this.stopServer();
    await rm(join(this.cluster, 'postmaster.pid'), { force: true });
  }

  /**
   * A helper waits on a pipe that only this process holds: when it breaks, the server is told to stop. So nothing keeps
   * running after a kill -9.
   */
  async endWithThisProcess(removeFolder: boolean): Promise<void> {
    const pid = await this.serverPid();
    if (pid === null || process.platform === 'win32') return;
    const script = removeFolder
      ? 'read -r _; kill -QUIT "$1"; n=0; while [ -e "$2/cluster/postmaster.pid" ] && [ $n -lt 100 ]; do sleep 0.05; n=$((n+1)); done; rm -rf "$2"'
      : 'read -r _; kill -INT "$1"';
    const child = spawn('/bin/sh', ['-c', script, 'sh', String(pid), this.place.dir], {
      cwd: '/',
      // its own session: a Ctrl-C in the terminal is for us, who stop the server after the last request
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.unref();
    (child.stdin as unknown as { unref(): void }).unref();
    this.watchdog = child;
  }

  async stop(): Promise<void> {
    this.watchdog?.kill('SIGKILL');
    this.watchdog = null;
    await this.stopServer();
  }

  private async stopServer(): Promise<void> {
    if (!(await this.runs())) return;
    const options = ['-D', this.dataPath(), '-m', 'fast', '-w', '-t', '60', '-s'];
    const { status, output } = await this.control('stop', options);
    // it may have ended by itself in between
    if (status !== 0 && (await this.runs())) {
      throw new OperatorError(`The embedded Postgres in ${this.place.dir} did not stop: ${lastLine(output)}`);
    }
  }

  private control(command: 'start' | 'stop', options: readonly string[]): Promise<ToolResult> {
    return runTool(this.place, this.cluster, 'pg_ctl', [command, ...options]);
  }

  private dataPath(): string {
    return reachablePath(this.place.user, this.cluster);
  }

  private async serverPid(): Promise<number | null> {
    const text = await readFile(join(this.cluster, 'postmaster.pid'), 'utf8').catch(() => '');
    const pid = Number.parseInt(text, 10);
    return Number.isNaN(pid) ? null : pid;
  }

  /** Whether the pid that the server wrote down is a living server of this folder. */
  private async runs(): Promise<boolean> {
    const pid = await this.serverPid();
    if (pid === null || !isAlive(pid)) return false;
    if (process.platform === 'win32') return true;
    if (process.platform !== 'linux') return (await processProgram(pid))?.endsWith('postgres') ?? false;
    // a server works in its data folder; one that was killed and is not yet collected works nowhere
    const folder = await readlink(`/proc/${pid}/cwd`).catch(() => null);
    return folder === (await realpath(this.cluster));
  }

  private async writeSettings({ port, durable }: { port: number; durable: boolean }): Promise<void> {
    const sync = durable ? 'on' : 'off';
    const file = join(this.cluster, SETTINGS);
    const lines = [
      '# Written at every start.',
      `listen_addresses = '127.0.0.1'`,
      `port = ${port}`,
      `unix_socket_directories = ''`,
      `timezone = 'UTC'`,
      `log_timezone = 'UTC'`,
      `log_checkpoints = off`,
      `fsync = ${sync}`,
      `full_page_writes = ${sync}`,
      `synchronous_commit = ${sync}`,
    ];
    await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 });
    await ownedBy(this.place.user, file);
  }

  /** The length of the log so far. */
  private async prepareLog(log: string): Promise<number> {
    const { size } = await stat(log).catch(() => ({ size: 0 }));
    if (size > LOG_BYTES_MAX) await rename(log, `${log}.1`);
    await appendFile(log, '', { mode: 0o600 });
    await ownedBy(this.place.user, log);
    return size > LOG_BYTES_MAX ? 0 : size;
  }
}

interface ToolResult {
  readonly status: number | null;
  readonly output: string;
}

function runTool(place: ClusterPlace, cwd: string, tool: string, args: readonly string[]): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(place.binaries, 'bin', tool), args, {
      ...place.user,
      cwd,
      // not of our process group: a Ctrl-C must not end a server that is starting or stopping
      detached: process.platform !== 'win32',
      env: { PATH: process.env['PATH'], LC_ALL: 'C', ...(process.env['TEMP'] && { TEMP: process.env['TEMP'] }) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, output }));
  });
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? '';
}
