import type { SqlExecutor } from '#platform';

import { APPEND_PARAMETERS, type AppendRow } from './append-statement.js';
import { SEQUENCE_BATCH, type SequencedRow } from './sequencer.js';

/** An append's row, with its place in the batch, or a position that was given at the end, with its ticket. */
interface BatchRow extends AppendRow {
  readonly place: number | null;
  readonly position: string | null;
}

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
    private readonly onSequenced: (rows: readonly SequencedRow[]) => void,
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
      const rows = await this.db.query<BatchRow>(
        statementFor(batch.length),
        batch.flatMap((entry) => entry.parameters),
      );
      const sequenced = rows.flatMap(({ ticket, position }) =>
        ticket !== null && position !== null ? [{ ticket, position }] : [],
      );
      const positions = new Map(sequenced.map(({ ticket, position }) => [ticket, BigInt(position)]));
      for (const row of rows) {
        if (row.place === null) continue;
        batch[row.place]?.resolve({ row, position: positions.get(row.ticket ?? '') ?? null });
      }
      this.onSequenced(sequenced);
    } catch (error) {
      if (batch.length === 1) batch[0]?.reject(error);
      else for (const entry of batch) await this.runBatch([entry]);
    }
  }
}

const COLUMNS =
  'kind, ticket::text AS ticket, recorded_at, conflict_stream, conflict_version, first_body_hash, first_response';

function statementFor(appends: number): string {
  const calls = Array.from({ length: appends }, (_, place) => {
    const parameters = Array.from({ length: APPEND_PARAMETERS }, (__, i) => `$${place * APPEND_PARAMETERS + i + 1}`);
    return `SELECT ${place} AS place, ${COLUMNS}, NULL AS position FROM append_events(${parameters.join(', ')})`;
  });
  return `${calls.join(' UNION ALL ')} UNION ALL
    SELECT NULL, NULL, ticket::text, NULL, NULL, NULL, NULL, NULL, last_position::text
    FROM sequence_pending(${SEQUENCE_BATCH}, false)`;
}
