import type { Command } from 'commander';
import Table from 'cli-table3';
import { CommandFailure, EXIT } from '../failure.js';
import { API_KEY_HELP, ServiceClient, withServiceUrl } from '../service-client.js';
import type { Terminal } from '../terminal.js';

interface Options {
  readonly url: string;
  readonly json: boolean;
}

/** The part of GET /projections that is printed. */
interface Projections {
  readonly log_position: string;
  readonly projections: readonly (ReadModels | { readonly name: 'cache'; readonly position: string | null })[];
}

interface ReadModels {
  readonly name: 'read-models';
  readonly position: string;
  readonly lag_events: string;
  readonly stopped: string | null;
  readonly version: number | null;
  readonly former_version: number | null;
  readonly parked: { readonly failed: number; readonly held: number };
  readonly lanes: readonly { readonly lane: number; readonly position: string; readonly owner: string | null }[];
  readonly aggregates: readonly { readonly name: string; readonly refreshed_until: string | null }[];
}

interface Parked {
  readonly id: string;
  readonly stream: string;
  readonly type: string;
  readonly reason: string;
  readonly error: string;
}

interface Retried {
  readonly stream: string;
  readonly applied: number;
  readonly remaining: number;
  readonly error: string | null;
}

export function addProjectionsCommand(program: Command, terminal: Terminal): void {
  const group = withServiceUrl(program.command('projections'))
    .description('how far the read models are, by lane; what is parked; try parked events again')
    .option('--json', 'print the answer as JSON', false)
    .addHelpText(
      'after',
      `
An event that cannot be folded is parked, and the later ones of its stream wait for it; everything else goes on. In separate
processes the projector answers: --url http://127.0.0.1:3002.
${API_KEY_HELP}

Examples:
  coordination projections
  coordination projections parked
  coordination projections retry 1234`,
    )
    .action(async (options: Options) => {
      const found = await new ServiceClient(options.url).get<Projections>('projections');
      terminal.out(options.json ? `${JSON.stringify(found)}\n` : overview(found));
    });
  group
    .command('parked')
    .description('list the parked events')
    .action(async (_: unknown, command: Command) => {
      const { url, json } = command.optsWithGlobals<Options>();
      const found = await new ServiceClient(url).get<{ readonly parked: readonly Parked[] }>('projections/parked');
      terminal.out(json ? `${JSON.stringify(found)}\n` : parkedTable(found.parked));
    });
  group
    .command('retry')
    .description(
      'fold the parked events of a stream after all, from the first one on; exit code 1 where one still fails',
    )
    .argument('<id>', 'the position of a parked event')
    .action(async (id: string, _: unknown, command: Command) => {
      const { url, json } = command.optsWithGlobals<Options>();
      const outcome = await new ServiceClient(url).post<Retried>(
        `projections/parked/${encodeURIComponent(id)}/retry`,
        {},
      );
      const { stream, applied, remaining, error } = outcome;
      terminal.out(
        json ? `${JSON.stringify(outcome)}\n` : `${stream}: ${applied} folded, ${remaining} still parked.\n`,
      );
      if (error !== null) throw new CommandFailure(error, EXIT.failed);
    });
}

function overview({ log_position, projections }: Projections): string {
  const lines = [`The log ends at position ${log_position}.`];
  for (const projection of projections) {
    if (projection.name === 'cache') {
      lines.push(`cache: at ${projection.position ?? 'no known position'}`);
      continue;
    }
    const { position, lag_events, version, former_version, parked, aggregates, stopped } = projection;
    const former = former_version === null ? '' : `, version ${former_version} kept`;
    lines.push(`read-models: at ${position}, ${lag_events} behind; version ${version ?? '?'}${former}`);
    if (stopped !== null) lines.push(`  stopped: ${stopped}`);
    lines.push(`  parked: ${parked.failed} failed, ${parked.held} wait for them`);
    lines.push(
      aggregates.length === 0
        ? '  aggregates: none without TimescaleDB, buckets are summed up from minutes'
        : `  aggregates: ${aggregates.map(({ name, refreshed_until }) => `${name} up to ${refreshed_until ?? 'nothing yet'}`).join(', ')}`,
    );
    lines.push(laneTable(projection.lanes));
  }
  return `${lines.join('\n')}\n`;
}

const PLAIN = { style: { head: [], border: [], compact: true } };

function laneTable(lanes: ReadModels['lanes']): string {
  const table = new Table({ ...PLAIN, head: ['lane', 'position', 'folded by'] });
  for (const { lane, position, owner } of lanes) table.push([lane, position, owner ?? 'nobody']);
  return table.toString();
}

function parkedTable(parked: readonly Parked[]): string {
  if (parked.length === 0) return 'Nothing is parked.\n';
  const table = new Table({ ...PLAIN, head: ['position', 'stream', 'type', 'reason', 'error'] });
  for (const { id, stream, type, reason, error } of parked) table.push([id, stream, type, reason, error]);
  return `${table.toString()}\n`;
}
