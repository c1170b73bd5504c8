import { readSettings, type SettingDefinitions } from '#platform';
import { commandSettings } from '../../command/command-settings.js';
import { projectorSettings } from '../../projector/projector-settings.js';
import { withReadDatabase } from '../../query/open-read-side.js';
import { querySettings } from '../../query/query-settings.js';
import { type Environment, fail, type Finding, messageOf, ok, warn } from './finding.js';

/** The oldest Node that is tested. */
const NODE_MIN = [20, 19] as const;

export function checkNode(version: string): readonly Finding[] {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const oldest = major < NODE_MIN[0] || (major === NODE_MIN[0] && minor < NODE_MIN[1]);
  if (!oldest) return [ok('node', `${version} runs this`)];
  return [fail('node', `${version} runs this`, `install Node ${NODE_MIN.join('.')} or newer`)];
}

const PROCESSES: readonly (readonly [string, SettingDefinitions, (environment: Environment) => Environment])[] = [
  ['command', commandSettings, (environment) => environment],
  ['projector', projectorSettings, withReadDatabase],
  ['query', querySettings, withReadDatabase],
];

/** Whether each process would start with this environment, and names that none of them reads. */
export function checkSettings(environment: Environment): readonly Finding[] {
  const findings = PROCESSES.map(([name, settings, completed]): Finding => {
    try {
      readSettings(settings, completed(environment));
      return ok('settings', `the ${name} process takes them`);
    } catch (error) {
      const advice = 'docs/reference/configuration.md has every setting';
      return fail('settings', `the ${name} process refuses them: ${messageOf(error).replaceAll('\n', ' ')}`, advice);
    }
  });
  if (environment['API_KEYS']?.trim()) return findings;
  return [...findings, warn('settings', 'API_KEYS is empty: the processes only listen on loopback', 'set API_KEYS')];
}
