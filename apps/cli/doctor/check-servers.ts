import { Redis } from 'ioredis';
import { clockFinding, fail, type Finding, messageOf, ok, warn } from './finding.js';

const TIMEOUT_MS = 3_000;

/** The Redis of the cached read models: reachable, its clock, and what it does when it is full. */
export async function checkRedis(url: string): Promise<readonly Finding[]> {
  const area = 'redis';
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: null,
  });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    const before = Date.now();
    const [seconds, micros] = await redis.time();
    const ahead = Number(seconds) + Number(micros) / 1e6 - (before + Date.now()) / 2000;
    const info = await redis.info();
    const field = (name: string): string => new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim() ?? '';
    return [ok(area, `Redis ${field('redis_version')} answers`), clockFinding(area, ahead), memoryFinding(area, field)];
  } catch (error) {
    const advice = 'check REDIS_URL and that the server runs; until then every read goes to the database';
    return [warn(area, `it does not answer: ${messageOf(error)}`, advice)];
  } finally {
    redis.disconnect();
  }
}

function memoryFinding(area: string, field: (name: string) => string): Finding {
  const [max, policy] = [Number(field('maxmemory')), field('maxmemory_policy')];
  if (max === 0) return ok(area, 'its memory is not bounded');
  const finding = `it is bounded to ${field('maxmemory_human')} with the policy ${policy}`;
  if (policy === 'noeviction') {
    return warn(area, finding, 'a full one refuses to write, and reads go to the database: choose volatile-ttl');
  }
  return Number(field('evicted_keys')) > 0
    ? warn(
        area,
        `${finding}, and gave up ${field('evicted_keys')} keys`,
        'nothing is wrong with what is read; give it more memory',
      )
    : ok(area, finding);
}

/** The broker, by the HTTP of its WebSocket address: whether it runs, and drops repeats. */
export async function checkPulsar(webSocketUrl: string, namespace: string, token: string): Promise<readonly Finding[]> {
  const area = 'pulsar';
  const base = webSocketUrl.replace(/^ws/, 'http').replace(/\/$/, '');
  const ask = async (path: string): Promise<unknown> => {
    const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
    const answer = await fetch(`${base}/admin/v2/${path}`, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!answer.ok) throw new Error(`${answer.status} for ${path}`);
    return JSON.parse((await answer.text()) || 'null');
  };
  try {
    await fetch(`${base}/admin/v2/clusters`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    const advice = 'coordinations go on and are published later; check PULSAR_WEBSOCKET_URL and that the broker runs';
    return [warn(area, `it does not answer at ${base}: ${messageOf((error as Error).cause ?? error)}`, advice)];
  }
  try {
    const [own, broker] = await Promise.all([
      ask(`namespaces/${namespace}/deduplication`),
      ask('brokers/configuration/runtime') as Promise<Readonly<Record<string, string>>>,
    ]);
    const on = own ?? broker['brokerDeduplicationEnabled'] === 'true';
    return on === true
      ? [ok(area, `it answers, and drops repeats in ${namespace}`)]
      : [
          fail(
            area,
            `it answers, and keeps repeated messages in ${namespace}`,
            `pulsar-admin namespaces set-deduplication ${namespace} --enable, or brokerDeduplicationEnabled=true`,
          ),
        ];
  } catch (error) {
    const advice = 'the metric relay_broker_deduplicates of the command process that leads tells, too';
    return [warn(area, `it answers, and does not say whether it drops repeats: ${messageOf(error)}`, advice)];
  }
}

/** A running process, by its health. */
export async function checkService(url: string): Promise<Finding> {
  const area = 'service';
  try {
    const answer = await fetch(new URL('health/ready', url.endsWith('/') ? url : `${url}/`), {
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (answer.ok) return ok(area, `${url} is ready`);
    const { detail = answer.statusText } = (await answer.json().catch(() => ({}))) as { readonly detail?: string };
    return fail(area, `${url} is not ready: ${detail}`, 'its log says more');
  } catch (error) {
    return fail(area, `${url} does not answer: ${messageOf((error as Error).cause ?? error)}`, 'start it');
  }
}
