import { type Command, Option } from 'commander';
import { CommandFailure, EXIT } from '../failure.js';
import { API_KEY_HELP, ServiceClient, withServiceUrl } from '../service-client.js';
import type { Terminal } from '../terminal.js';
import { watchJob } from '../watch-job.js';

interface RebuildOptions {
  readonly url: string;
  readonly watch: boolean;
  readonly switch: string;
  readonly resume: boolean;
  readonly rollback: boolean;
  readonly cancel: boolean;
  readonly json: boolean;
}

/** The part of a job that this command reads. */
interface Job {
  readonly id: string;
  readonly kind: 'rebuild' | 'rollback';
  readonly version: number;
  readonly state: 'LOADING' | 'COMPARING' | 'SWITCHING' | 'DONE' | 'DIFFERENT' | 'FAILED' | 'CANCELLED';
  readonly switch: string;
  readonly position: string;
  readonly target: string;
  readonly comparison: { readonly tables: readonly { readonly table: string; readonly equal: boolean }[] } | null;
  readonly error: string | null;
}

const RUNNING: readonly Job['state'][] = ['LOADING', 'COMPARING', 'SWITCHING'];

export function addRebuildCommand(program: Command, terminal: Terminal): void {
  withServiceUrl(program.command('rebuild'))
    .description('fold the whole log into new tables beside the live ones, compare them, and switch over')
    .argument('<name>', 'read-models')
    .option('--watch', 'stay and show the progress until the job ends', false)
    .addOption(
      new Option('--switch <when>', 'always: after a projection was changed; never: compare only')
        .choices(['if_equal', 'always', 'never'])
        .default('if_equal'),
    )
    .option('--resume', 'go on with the tables that an earlier job left', false)
    .option('--rollback', 'bring the former tables up to date and put them back', false)
    .option('--cancel', 'end the running job', false)
    .option('--json', 'print the job as JSON', false)
    .addHelpText(
      'after',
      `
Reads and writes go on all the while; the former tables are kept for --rollback. The service does the work and goes on with
it if this command is ended. Exit code 3 where the new tables differ from the live ones and were not switched to. In separate
processes the projector answers: --url http://127.0.0.1:3002.
${API_KEY_HELP}

Examples:
  coordination rebuild read-models --watch
  coordination rebuild read-models --switch always --watch
  coordination rebuild read-models --rollback`,
    )
    .action(async (name: string, options: RebuildOptions) => {
      const service = new ServiceClient(options.url);
      const asked = await ask(service, name, options);
      const job = options.watch ? await watched(service, asked, terminal) : asked;
      terminal.out(options.json ? `${JSON.stringify(job)}\n` : `${sentence(job)}\n`);
      if (job.state === 'FAILED') throw new CommandFailure(`the job stopped: ${job.error ?? 'it does not say why'}`);
      if (job.state === 'DIFFERENT') throw new CommandFailure('the tables were not switched', EXIT.different);
    });
}

async function ask(service: ServiceClient, name: string, options: RebuildOptions): Promise<Job> {
  const base = `projections/${encodeURIComponent(name)}`;
  if (options.cancel) return cancel(service);
  if (options.rollback) return service.post<Job>(`${base}/rollback`, {});
  return service.post<Job>(`${base}/rebuild`, { switch: options.switch, resume: options.resume });
}

async function cancel(service: ServiceClient): Promise<Job> {
  const { projections } = await service.get<{ projections: readonly { job?: Job | null }[] }>('projections');
  const job = projections.find((projection) => projection.job)?.job;
  if (!job) throw new CommandFailure('no job was ever started', EXIT.invalid);
  return (await (await service.request(`projections/jobs/${job.id}`, { method: 'DELETE' })).json()) as Job;
}

const watched = (service: ServiceClient, asked: Job, terminal: Terminal): Promise<Job> =>
  watchJob(
    service,
    asked,
    {
      label: asked.kind,
      unit: 'events',
      path: `projections/jobs/${asked.id}`,
      progressOf: ({ position, target }) => ({ done: Number(position), total: Number(target) }),
      hasEnded: ({ state }) => !RUNNING.includes(state),
    },
    terminal,
  );

function sentence(job: Job): string {
  const named = `Job ${job.id}: version ${job.version} of the read models`;
  const differing = (job.comparison?.tables ?? []).filter(({ equal }) => !equal).map(({ table }) => table);
  switch (job.state) {
    case 'DONE':
      return job.switch === 'never' ? `${named} equals the live one.` : `${named} is live.`;
    case 'DIFFERENT':
      return `${named} differs from the live one in ${differing.join(', ')}.`;
    case 'FAILED':
      return `${named} stopped at position ${job.position}.`;
    case 'CANCELLED':
      return `${named} is cancelled.`;
    default:
      return `${named} is ${job.state} at position ${job.position}; coordination projections --json tells how far it is.`;
  }
}
