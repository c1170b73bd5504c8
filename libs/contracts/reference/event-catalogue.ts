import { type JsonSchema, typeText } from './type-text.js';

/** One schema file beside the events: `TYPE.vN.json`. */
export interface EventSchemaFile {
  readonly type: string;
  readonly version: number;
  readonly schema: JsonSchema;
}

/** What the page says of an event beyond its schema. */
export interface EventNotes {
  readonly stream: string;
  /** the version that is written today; undefined for a type that is only read */
  readonly current: number | undefined;
}

const HEADER = `# Events

Every change of state is an event in the log: canonical JSON (RFC 8785) with a type, a schema version and metadata
(\`correlation_id\`, \`actor\`, \`engine_version\`, \`runtime_version\`). The schemas are files in \`libs/contracts/events\`; a
released one never changes. What a former version wrote is read as if it had been written today.

<!-- Written by \`npm run reference\` from the schemas. -->
`;

/** The catalogue of events as Markdown. */
export function eventCatalogue(files: readonly EventSchemaFile[], notes: (type: string) => EventNotes): string {
  const types = [...new Set(files.map((file) => file.type))].sort();
  const sections = types.map((type) => {
    const versions = files.filter((file) => file.type === type).sort((a, b) => a.version - b.version);
    return section(type, versions, notes(type));
  });
  return [HEADER, ...sections].join('\n');
}

function section(type: string, versions: readonly EventSchemaFile[], { stream, current }: EventNotes): string {
  const newest = versions[versions.length - 1];
  if (newest === undefined) throw new Error(`${type} has no schema`);
  const { description = '', properties = {}, required = [] } = newest.schema;
  const links = versions.map(({ version }) => `[v${version}](../../libs/contracts/events/${type}.v${version}.json)`);
  const state = current === undefined ? 'no longer written, still read' : `written as v${current}`;
  const rows = Object.entries(properties).map(([name, schema]) => {
    const optional = required.includes(name) ? '' : '?';
    return `| \`${name}${optional}\` | ${typeText(schema)} | ${cell(schema.description ?? '')} |`;
  });
  return [
    `## \`${type}\``,
    '',
    ...(description === '' ? [] : [description, '']),
    `Stream \`${stream}\`; ${state}; schemas: ${links.join(', ')}.`,
    '',
    '| field | type | meaning |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
