import type { SqlExecutor } from '#platform';

import { APPEND_PARAMETERS, type AppendRow } from './append-statement.js';
import { SEQUENCE_BATCH } from './sequencer.js';

interface Entry {
  readonly parameters: readonly unknown[];
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: unknown) => void;
}

export interface AppendResult {
  readonly row: AppendRow;
  /** of the last event, where the append could be sequenced in its own transaction */
  readonly position: bigint | null;
}

const BATCH_MAX = 32;
/** more than one, so that an append which waits for another process's key does not stop all others */
const IN_FLIGHT_MAX = 4;

/**
 * Appends that arrive together share a statement, and so a transaction and a commit (group commit). Each stays all or
 * nothing by itself: where one of them fails, all are run again one by one. At its end, where nobody else is sequencing,
 * the statement does that too, which saves the second round trip and commit; it never waits to.
 */
export class AppendQueue {
  private readonly queue: Entry[] = [];
  private inFlight = 0;

  constructor(
    private readonly db: SqlExecutor,
    private readonly onSequenced: (positions: ReadonlyMap<string, bigint>) => void,
  ) {}

  run(parameters: readonly unknown[]): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      this.queue.push({ parameters, resolve, reject });
      this.dispatch();
    });
  }

  private dispatch(): void {
    if (this.inFlight >= IN_FLIGHT_MAX || this.queue.length === 0) return;
    this.inFlight++;
    void this.runBatch(this.queue.splice(0, BATCH_MAX)).finally(() => {
      this.inFlight--;
      this.dispatch();
    });
  }

  private async runBatch(batch: readonly Entry[]): Promise<void> {
    try {
      const rows = await this.db.query<AppendRow & { place: number }>(
        statementFor(batch.length),
        batch.flatMap((entry) => entry.parameters),
      );
      const positions = new Map(rows.flatMap(sequencedBy));
      for (const row of rows) batch[row.place]?.resolve({ row, position: positions.get(row.ticket ?? '') ?? null });
      this.onSequenced(positions);
    } catch (error) {
      if (batch.length === 1) batch[0]?.reject(error);
      else for (const entry of batch) await this.runBatch([entry]);
    }
  }
}

function sequencedBy(row: AppendRow): [string, bigint][] {
  return (row.sequenced_tickets ?? []).map((ticket, i) => [ticket, BigInt(row.sequenced_positions?.[i] ?? 0)]);
}

function statementFor(appends: number): string {
  const calls = Array.from({ length: appends }, (_, place) => {
    const parameters = Array.from({ length: APPEND_PARAMETERS }, (__, i) => `$${place * APPEND_PARAMETERS + i + 1}`);
    const sequenceLimit = place === appends - 1 ? SEQUENCE_BATCH : 0;
    return `SELECT ${place} AS place, * FROM append_events(${parameters.join(', ')}, ${sequenceLimit})`;
  });
  return calls.join(' UNION ALL ');
}
