import type { Setting, SettingDefinitions } from '#platform';
import { commandSettings } from '../command/command-settings.js';
import { projectorSettings } from '../projector/projector-settings.js';
import { querySettings } from '../query/query-settings.js';
import { standaloneDefinitions } from '../standalone/settings.js';

const HEADER = `# Configuration

The processes are configured by their environment. It is read and checked at once when they start: a process with a bad value
says for each what would be accepted, and does not start. Values of secrets appear in no message.

<!-- Written by \`npm run reference\` from the code. -->
`;

const PROCESSES: readonly (readonly [string, string, SettingDefinitions])[] = [
  ['The command process', '`npm run start:command`', commandSettings],
  ['The projector', '`npm run start:projector`', projectorSettings],
  ['The query process', '`npm run start:query`', querySettings],
  ['The three in one', '`npm start`', standaloneDefinitions],
];

/** The page of settings as Markdown. */
export function configurationPage(): string {
  const sections = PROCESSES.map(([title, start, settings]) => {
    const rows = Object.entries(settings).map(([name, setting]) => row(name, setting));
    return `\n## ${title}\n\n${start}\n\n| variable | what | default | accepted |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
  });
  return `${HEADER}${sections.join('')}`;
}

/** Every setting of any of the processes. */
export const settingNames = (): ReadonlySet<string> =>
  new Set(PROCESSES.flatMap(([, , settings]) => Object.keys(settings)));

function row(name: string, setting: Setting<unknown>): string {
  const { description, accepted, secret } = setting;
  const cells = [`\`${name}\`${secret === true ? ' (secret)' : ''}`, description, standardOf(setting), accepted];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function standardOf({ fallback, fallbackText }: Setting<unknown>): string {
  if (fallbackText !== undefined) return fallbackText;
  if (fallback === undefined) return '**required**';
  return fallback === '' ? 'none' : `\`${fallback}\``;
}
