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
