import { metricCatalogue, type MetricEntry } from './metric-catalogue.js';

const HEADER = `# Metrics

Every process serves Prometheus text at \`/metrics\`; where API keys are configured it takes one with the scope \`read\`. Times are in
seconds, sizes in bytes; a name ending in \`_total\` only grows until the process ends. Beside these every process has the metrics of
Node itself (\`process_*\`, \`nodejs_*\`). \`deploy/prometheus\` has the rules made of them, \`deploy/grafana\` the dashboards.

<!-- Written by \`npm run reference\` from the code. -->
`;

const PROCESSES: readonly (readonly [MetricEntry['process'], string])[] = [
  ['all', 'Every process'],
  ['command', 'The command process'],
  ['projector', 'The projector'],
  ['query', 'The query process'],
];

/** The page of metrics as Markdown. */
export function metricsPage(): string {
  const entries = metricCatalogue();
  const sections = PROCESSES.map(([process, title]) => {
    const rows = entries
      .filter((entry) => entry.process === process)
      .map(({ name, type, labels, help }) => `| \`${name}\` | ${type} | ${labels.map(code).join(', ')} | ${help} |`);
    return `\n## ${title}\n\n| metric | type | labels | meaning |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
  });
  return `${HEADER}${sections.join('')}`;
}

const code = (name: string): string => `\`${name}\``;
