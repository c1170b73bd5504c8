import type { SqlExecutor } from '#platform';

import type { StoreReport } from './store-options.js';

export interface EventAddress {
  readonly tenant: string;
  readonly stream: string;
  readonly version: number;
}

/** An event whose position somebody waits for. */
interface Waiter extends EventAddress {
  readonly resolve: (position: bigint | null) => void;
}

/** tickets in one transaction */
export const SEQUENCE_BATCH = 500;

/**
 * Gives positions to committed events that have none, so that writers need not queue behind each other. Calls made while
 * a pass runs share the next one: under load one pass, and one commit, serves many appends. Any number of processes may
 * do this at once; a row lock lets one through at a time, and none depends on another being there.
 */
export class Sequencer {
  /** by ticket */
  private readonly waiters = new Map<string, Waiter>();
  private running: Promise<void> | null = null;
  private wanted = false;

  constructor(
    private readonly db: SqlExecutor,
    private readonly onSequenced: () => void,
    private readonly report: (report: StoreReport) => void,
  ) {}

  /** appends of this process that wait for their position */
  get waiting(): number {
    return this.waiters.size;
  }

  /** The position of the event, or null where it was not given in time. */
  positionOf(ticket: string, event: EventAddress, timeoutMs: number): Promise<bigint | null> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle(null), timeoutMs);
      const settle = (position: bigint | null): void => {
        clearTimeout(timer);
        this.waiters.delete(ticket);
        resolve(position);
      };
      this.waiters.set(ticket, { ...event, resolve: settle });
      this.kick();
    });
  }

  /** Takes in positions by ticket, given in this process. */
  settle(positions: ReadonlyMap<string, bigint>): void {
    for (const [ticket, position] of positions) this.waiters.get(ticket)?.resolve(position);
    if (positions.size > 0) this.onSequenced();
  }

  /** Sequences what is committed now, soon. */
  kick(): void {
    this.wanted = true;
    this.running ??= this.run();
  }

  /** Resolves when everything committed before the call has its position; rejects where the database does not answer. */
  async drain(): Promise<void> {
    await this.idle();
    await this.pass();
  }

  /** Resolves when no pass runs. */
  async idle(): Promise<void> {
    while (this.running !== null) await this.running;
  }

  private async run(): Promise<void> {
    while (this.wanted) {
      this.wanted = false;
      try {
        await this.pass();
      } catch (error) {
        // what is pending stays; the next append or the timer tries again
        this.report({ kind: 'SEQUENCING_FAILED', error });
      }
    }
    // in the same turn as the last look at `wanted`: a call a moment later starts anew
    this.running = null;
  }

  private async pass(): Promise<void> {
    const before = [...this.waiters.keys()];
    for (let full = true; full;) {
      const [row] = await this.db.query<{ tickets: string[]; positions: string[] }>(
        'SELECT tickets, positions FROM sequence_pending($1, true)',
        [SEQUENCE_BATCH],
      );
      const positions = (row?.positions ?? []).map(BigInt);
      this.settle(new Map(row?.tickets.map((ticket, i) => [ticket, positions[i] ?? 0n])));
      full = positions.length === SEQUENCE_BATCH;
    }
    await this.resolveSequencedElsewhere(before.flatMap((ticket) => this.waiters.get(ticket) ?? []));
  }

  /** The pass found nothing for them because another process was there first. */
  private async resolveSequencedElsewhere(waiters: readonly Waiter[]): Promise<void> {
    if (waiters.length === 0) return;
    const rows = await this.db.query<{ place: number; position: string }>(
      `SELECT w.place::int AS place, l.position::text AS position
       FROM unnest($1::text[], $2::text[], $3::int[]) WITH ORDINALITY AS w (tenant, stream, version, place)
       JOIN log l ON l.tenant = w.tenant AND l.stream = w.stream AND l.version = w.version`,
      [
        waiters.map((waiter) => waiter.tenant),
        waiters.map((waiter) => waiter.stream),
        waiters.map((waiter) => waiter.version),
      ],
    );
    for (const row of rows) waiters[row.place - 1]?.resolve(BigInt(row.position));
  }
}
