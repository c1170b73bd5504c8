import { type Command, InvalidArgumentError } from 'commander';
import { createParser } from 'eventsource-parser';
import type { CoordinationRecord } from '#read-models';
import { CommandFailure, EXIT } from '../failure.js';
import { API_KEY_HELP, ServiceClient } from '../service-client.js';
import type { Terminal } from '../terminal.js';

interface WatchOptions {
  readonly url: string;
  readonly since?: string;
  readonly limit?: number;
  readonly json: boolean;
}

/** how long to wait before asking a service again that went away */
const RETRY_MS = 2_000;

export function addWatchCommand(program: Command, terminal: Terminal): void {
  program
    .command('watch')
    .description('coordinations as they come, a line each, until Ctrl-C')
    .option('--url <url>', 'the query service', 'http://127.0.0.1:3000')
    .option('--since <position>', 'those after a position of the log first; default from now on', position)
    .option('--limit <count>', 'end after so many', positive)
    .option('--json', 'one JSON document a line', false)
    .addHelpText(
      'after',
      `
Where the service goes away it is said, and asked again; nothing that happened meanwhile is missed.
${API_KEY_HELP}

Examples:
  coordination watch
  coordination watch --since 0 --limit 100 --json | jq .status`,
    )
    .action(async (options: WatchOptions) => new Watch(options, terminal).run());
}

/** The stream of a service, over as many connections as it takes. */
class Watch {
  private readonly service: ServiceClient;
  private lastId: string | undefined;
  private left: number;
  private gone = false;

  constructor(
    { url, since, limit = Infinity, json }: WatchOptions,
    private readonly terminal: Terminal,
    private readonly lineOf: (record: CoordinationRecord) => string = json ? (record) => JSON.stringify(record) : line,
  ) {
    this.service = new ServiceClient(url);
    this.lastId = since;
    this.left = limit;
  }

  async run(): Promise<void> {
    for (let first = true; this.left > 0; first = false) {
      try {
        await this.connect();
      } catch (error) {
        // what is not there at the beginning, or refuses, is a mistake of the command line
        const refused = error instanceof CommandFailure && error.exitCode === EXIT.invalid;
        if (first || refused) throw error;
      }
      if (this.left === 0) return;
      if (!this.gone) this.terminal.note('the service has gone away; asking again until it is back');
      this.gone = true;
      await new Promise((wake) => setTimeout(wake, RETRY_MS));
    }
  }

  private async connect(): Promise<void> {
    const headers = {
      accept: 'text/event-stream',
      ...(this.lastId === undefined ? {} : { 'last-event-id': this.lastId }),
    };
    const { body } = await this.service.request('stream', { headers });
    if (body === null) throw new CommandFailure('the service answers /stream with nothing');
    if (this.gone) this.terminal.note('the service is back');
    this.gone = false;
    const parser = createParser({
      onEvent: ({ id, event, data }) => {
        if (id !== undefined) this.lastId = id;
        if (event === 'coordination_completed' && this.left > 0) this.tell(JSON.parse(data) as CoordinationRecord);
      },
    });
    const text = new TextDecoder();
    for await (const piece of body as unknown as AsyncIterable<Uint8Array>) {
      parser.feed(text.decode(piece, { stream: true }));
      if (this.left === 0) return;
    }
  }

  private tell(record: CoordinationRecord): void {
    this.left -= 1;
    this.terminal.out(`${this.lineOf(record)}\n`);
  }
}

function line(record: CoordinationRecord): string {
  const { coordination_id, timestamp, portfolio_id, status, decisions, signals_processed, signals_rejected } = record;
  const quality = record.coordination_quality.toFixed(2);
  return `${timestamp.slice(0, 19)}Z  ${coordination_id}  ${portfolio_id}  ${status}  ${decisions} decisions, ${signals_rejected} of ${signals_processed} signals refused, quality ${quality}`;
}

function position(text: string): string {
  if (/^\d{1,18}$/.test(text)) return text;
  throw new InvalidArgumentError('a position of the log, a whole number, is accepted.');
}

function positive(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new InvalidArgumentError('a whole number from 1 on is accepted.');
}
