import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { packageRoot } from '#platform';
import type { ServiceName } from './service-process.js';

interface ComposeService {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Where the servers that docker-compose.yml names are instead: `host:port` by the name and port it has there. */
export type Places = Readonly<Record<string, string>>;

/**
 * The command and the environment of a process as docker-compose.yml gives them, on servers elsewhere: what is tested here is
 * what is started there.
 *
 * @param values of the variables that the file asks for
 */
export function composeProcess(
  name: ServiceName,
  places: Places,
  values: Readonly<Record<string, string>>,
): ComposeService {
  const text = readFileSync(join(packageRoot(), 'docker-compose.yml'), 'utf8');
  const { services } = parse(text, { merge: true }) as { readonly services: Readonly<Record<string, ComposeService>> };
  const service = services[name];
  if (service === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  const environment = Object.entries(service.environment).map(([variable, value]) => [
    variable,
    moved(interpolated(String(value), values), places),
  ]);
  return { command: service.command, environment: Object.fromEntries(environment) as Record<string, string> };
}

/** `${NAME}`, `${NAME:?why}` and `${NAME:-otherwise}`. */
function interpolated(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{(\w+)(?::([?-])([^}]*))?\}/g, (_, name: string, kind: string | undefined, rest = '') => {
    const value = values[name];
    if (value !== undefined) return value;
    if (kind === '-') return String(rest);
    throw new Error(`docker-compose.yml asks for ${name}`);
  });
}

function moved(text: string, places: Places): string {
  for (const [from, to] of Object.entries(places)) {
    const at = text.indexOf(from);
    if (at > 0 && /[/@]/.test(text[at - 1] ?? '')) return text.replace(from, to);
  }
  return text;
}

export interface PrometheusPlaces {
  /** a file with the API key that it sends */
  readonly keyFile: string;
  /** `host:port` of the processes by what they are */
  readonly targets: Readonly<Record<ServiceName, readonly string[]>>;
  /** seconds between two looks, where not those of the file */
  readonly intervalSeconds?: number;
}

/** The configuration of deploy/prometheus for processes elsewhere. */
export function prometheusConfiguration({ keyFile, targets, intervalSeconds }: PrometheusPlaces): string {
  const folder = join(packageRoot(), 'deploy', 'prometheus');
  const text = readFileSync(join(folder, 'prometheus.yml'), 'utf8')
    .replace('/run/secrets/metrics_api_key', keyFile)
    .replace('rules/*.rules.yml', join(folder, 'rules', '*.rules.yml'))
    .replaceAll(/\['(command|projector|query):3000'\]/g, (_, name: ServiceName) => JSON.stringify(targets[name]));
  if (intervalSeconds === undefined) return text;
  return text.replace(/((?:scrape|evaluation)_interval): \d+s/g, `$1: ${intervalSeconds}s`);
}
