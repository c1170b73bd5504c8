// What docker-compose.yml starts, on this machine and without containers, for development and for a first look: two Postgres
// (npm has brought them), Redis, and where they are installed Pulsar and Prometheus, and the three processes.
//
//   node deploy/local/stack.mjs start    start everything in the background and say where it is
//   node deploy/local/stack.mjs status   what runs and is ready; exit code 1 where something is not
//   node deploy/local/stack.mjs stop     let everything finish
//
// Environment: STACK_DIR for data, key and logs (./.stack); COMMAND_PORT 3000, QUERY_PORT 3001, PROJECTOR_PORT 3002,
// PROMETHEUS_PORT 9090, each 0 for a free one; STACK_BROKER=no leaves Pulsar out. It needs `npm ci`, redis-server on the PATH, and for the broker Java 17 and
// `deploy/local/pulsar/pulsar.sh fetch`.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const folder = resolve(process.env.STACK_DIR ?? '.stack');
const stateFile = join(folder, 'state.json');
const logFile = (name) => join(folder, `${name}.log`);
const PULSAR = join(root, 'deploy', 'local', 'pulsar', 'pulsar.sh');
const PROCESSES = { command: 'COMMAND_PORT', projector: 'PROJECTOR_PORT', query: 'QUERY_PORT' };
const PORTS = { COMMAND_PORT: 3000, QUERY_PORT: 3001, PROJECTOR_PORT: 3002, PROMETHEUS_PORT: 9090 };
const START_MS = 240_000;

/** Only the operator can mend it: one sentence, without a stack. */
class Refusal extends Error {}

const actions = { start, stop, status, run };
const action = actions[process.argv[2]];
if (action === undefined || process.argv.length > 3) {
  const head = readFileSync(fileURLToPath(import.meta.url), 'utf8').split('\nimport ', 1)[0];
  console.error(head.replaceAll(/^\/\/ ?/gm, ''));
  process.exit(2);
}
await action().catch((error) => {
  console.error(error instanceof Refusal ? error.message : (error.stack ?? error));
  process.exit(1);
});

async function start() {
  if (runningState() !== null) return status();
  if (!has('redis-server')) {
    throw new Refusal(
      'There is no redis-server on the PATH: install it (Debian: apt-get install redis-server) and start again.',
    );
  }
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  rmSync(stateFile, { force: true });
  const log = openSync(logFile('stack'), 'a', 0o600);
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), 'run'], {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, STACK_DIR: folder },
  });
  closeSync(log);
  let ended = false;
  child.on('exit', () => (ended = true));
  const until = Date.now() + START_MS;
  while (!existsSync(stateFile) && !ended && Date.now() < until) await sleep(100);
  if (!existsSync(stateFile)) {
    if (!ended) process.kill(child.pid, 'SIGTERM');
    const said = readFileSync(logFile('stack'), 'utf8').trim().split('\n').slice(-5).join('\n');
    throw new Refusal(`It did not start; its logs are in ${folder}.\n${said}`);
  }
  child.unref();
  return status();
}

async function stop() {
  const state = runningState();
  if (state === null) return console.log('It does not run.');
  process.kill(state.pid, 'SIGTERM');
  while (runningState() !== null) await sleep(100);
  console.log('It has stopped; its data are kept.');
}

async function status() {
  const state = runningState();
  if (state === null) {
    console.log('It does not run.');
    process.exitCode = 1;
    return;
  }
  for (const [name, url] of Object.entries(state.urls)) {
    const path = name === 'prometheus' ? '-/ready' : 'health/ready';
    const answer = await fetch(`${url}/${path}`, { signal: AbortSignal.timeout(5_000) }).catch(() => null);
    if (answer?.ok !== true) process.exitCode = 1;
    console.log(`${name.padEnd(10)} ${url}  ${answer?.ok === true ? 'ready' : 'not ready'}`);
  }
  for (const note of state.notes) console.log(note);
  console.log(`API key    ${state.keyFile} (send it as Authorization: Bearer …)`);
}

/** Of the supervisor, where it is alive; a pid of before may be somebody else's by now. */
function runningState() {
  if (!existsSync(stateFile)) return null;
  const state = JSON.parse(readFileSync(stateFile, 'utf8'));
  const { stdout } = spawnSync('ps', ['-ww', '-p', String(state.pid), '-o', 'args='], { encoding: 'utf8' });
  return stdout?.includes('stack.mjs run') ? state : null;
}

/** The supervisor: everything ends with it. */
async function run() {
  const ends = [];
  let stopping = false;
  const end = async () => {
    if (stopping) return;
    stopping = true;
    for (const each of ends.reverse()) await each().catch((error) => console.error(String(error)));
    rmSync(stateFile, { force: true });
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => void end());
  try {
    const state = await startAll(ends, () => stopping);
    // whole or not at all: `start` waits for it
    writeFileSync(`${stateFile}.new`, JSON.stringify(state), { mode: 0o600 });
    renameSync(`${stateFile}.new`, stateFile);
  } catch (error) {
    console.error(error.message);
    await end();
  }
}

async function startAll(ends, isStopping) {
  const { startEmbeddedPostgres } = await import(join(root, 'dist', 'libs', 'platform', 'index.js'));
  const compose = await import(join(root, 'dist', 'apps', 'distributed', 'compose.fixture.js'));
  const notes = [];
  const databases = {};
  for (const name of ['events', 'read-models']) {
    databases[name] = await startEmbeddedPostgres({ dir: join(folder, name) });
    ends.push(() => databases[name].stop());
  }
  const redisPort = await findFreePort();
  const supervise = (name, command, args, options) => ends.push(supervised(name, command, args, options, isStopping));
  supervise('redis', 'redis-server', [
    '--bind',
    '127.0.0.1',
    '--port',
    `${redisPort}`,
    '--save',
    '',
    '--appendonly',
    'no',
  ]);
  const broker = await startBroker(ends, notes);

  const key = keptSecret('api-key');
  const places = {
    'postgres:5432': new URL(databases.events.url).host,
    'timescale:5432': new URL(databases['read-models'].url).host,
    'redis:6379': `127.0.0.1:${redisPort}`,
    ...broker,
  };
  const urls = {};
  for (const [name, port] of Object.entries(PROCESSES)) {
    urls[name] = `http://127.0.0.1:${await portOf(port)}`;
  }
  for (const name of Object.keys(PROCESSES)) {
    const { environment } = compose.composeProcess(name, places, {
      POSTGRES_PASSWORD: new URL(databases.events.url).password,
      API_KEYS: `local:${createHash('sha256').update(key).digest('hex')}:coordinate+read+operate+audit`,
      METRICS_API_KEY_FILE: join(folder, 'api-key'),
      COMMAND_URL: urls.command,
    });
    const env = {
      PATH: process.env.PATH,
      ...environment,
      // each of the embedded servers has a password of its own
      READ_DATABASE_URL: databases['read-models'].url,
      MARKET_DATA_DATABASE_URL: databases['read-models'].url,
      ...(broker === null ? { PULSAR_URL: '', PULSAR_WEBSOCKET_URL: '' } : {}),
      AUDIT_DIR: join(folder, 'audit'),
      MARKET_DATA_DIR: join(folder, `market-data-${name}`),
      HOST: '127.0.0.1',
      PORT: new URL(urls[name]).port,
    };
    supervise(name, process.execPath, [join(root, 'dist', 'apps', name, 'main.js')], { env, cwd: root });
  }
  await Promise.all(Object.values(urls).map((url) => isReady(url)));
  await startPrometheus(compose, urls, supervise, notes);
  return { pid: process.pid, urls, notes, keyFile: join(folder, 'api-key') };
}

/** Starts it again a second after it ended, as `restart: unless-stopped` does. Gives what ends it for good. */
function supervised(name, command, args, options, isStopping) {
  let child = null;
  const begin = () => {
    const log = openSync(logFile(name), 'a', 0o600);
    child = spawn(command, args, { ...options, stdio: ['ignore', log, log] });
    closeSync(log);
    child.on('error', (error) => console.error(`${name}: ${error.message}`));
    child.on('close', (code) => {
      if (isStopping()) return;
      console.error(`${name} ended with code ${code}; its log is ${logFile(name)}. Starting it again.`);
      setTimeout(() => !isStopping() && begin(), 1_000);
    });
  };
  begin();
  return async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((closed) => child.once('close', closed));
    child.kill('SIGTERM');
    await ended;
  };
}

/** null where there is none: coordinations go on without it. */
async function startBroker(ends, notes) {
  if (process.env.STACK_BROKER === 'no') return null;
  if (spawnSync(PULSAR, ['fetched']).status !== 0) {
    notes.push('No broker: it takes Java 17, curl and deploy/local/pulsar/pulsar.sh fetch. Nothing is published.');
    return null;
  }
  const [port, http, bookie] = [await findFreePort(), await findFreePort(), await findFreePort()];
  const env = {
    ...process.env,
    PULSAR_DIR: join(folder, 'pulsar'),
    PULSAR_PORT: `${port}`,
    PULSAR_HTTP_PORT: `${http}`,
    PULSAR_BOOKIE_PORT: `${keptSecret('bookie-port', () => `${bookie}`)}`,
  };
  const log = openSync(logFile('pulsar'), 'a', 0o600);
  // it ends when the pipe from us breaks, however we end
  const child = spawn(PULSAR, ['run'], { env, stdio: ['pipe', 'pipe', log], detached: true });
  closeSync(log);
  const ended = new Promise((closed) => child.once('close', closed));
  ends.push(async () => {
    child.stdin.end();
    await ended;
  });
  const said = await new Promise((settle) => {
    child.stdout.on('data', (data) => String(data).includes('PULSAR_WEBSOCKET_URL') && settle('STARTED'));
    void ended.then(() => settle('ENDED'));
  });
  if (said === 'ENDED') throw new Refusal(`The broker did not start; its log is ${logFile('pulsar')}.`);
  return { 'pulsar:6650': `127.0.0.1:${port}`, 'pulsar:8080': `127.0.0.1:${http}` };
}

async function startPrometheus(compose, urls, supervise, notes) {
  if (!has('prometheus')) {
    notes.push('No Prometheus on the PATH (Debian: apt-get install prometheus).');
    return;
  }
  const targets = Object.fromEntries(Object.entries(urls).map(([name, url]) => [name, [new URL(url).host]]));
  const file = join(folder, 'prometheus.yml');
  writeFileSync(file, compose.prometheusConfiguration({ keyFile: join(folder, 'api-key'), targets }));
  const address = `127.0.0.1:${await portOf('PROMETHEUS_PORT')}`;
  const data = join(folder, 'prometheus');
  supervise('prometheus', 'prometheus', [
    `--config.file=${file}`,
    `--storage.tsdb.path=${data}`,
    `--web.listen-address=${address}`,
  ]);
  urls.prometheus = `http://${address}`;
  await isReady(urls.prometheus, '-/ready');
}

async function isReady(url, path = 'health/ready') {
  const until = Date.now() + START_MS / 2;
  while (Date.now() < until) {
    const answer = await fetch(`${url}/${path}`, { signal: AbortSignal.timeout(5_000) }).catch(() => null);
    if (answer?.ok === true) return;
    await sleep(100);
  }
  throw new Refusal(`${url} does not become ready; its log is in ${folder}.`);
}

/** The same at every start. */
function keptSecret(name, make = () => randomBytes(24).toString('hex')) {
  const file = join(folder, name);
  if (!existsSync(file)) writeFileSync(file, make(), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}

async function portOf(variable) {
  const port = Number(process.env[variable] ?? PORTS[variable]);
  return port === 0 ? findFreePort() : port;
}

function findFreePort() {
  return new Promise((settle, fail) => {
    const server = createServer();
    server.on('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => settle(port));
    });
  });
}

function has(program) {
  return spawnSync(program, ['--version']).error === undefined;
}
