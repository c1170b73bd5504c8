import { asSqlFailure, type SqlExecutor } from '#platform';

import { APPEND_SQL, appendParameters, type AppendRow, type PreparedAppend } from './append-statement.js';
import { SEQUENCE_BATCH } from './sequencer.js';

interface Entry {
  readonly append: PreparedAppend;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: unknown) => void;
}

export interface AppendResult {
  readonly row: AppendRow;
  /** of the last event, where the append could be sequenced in its own transaction */
  readonly position: bigint | null;
}

const BATCH_MAX = 32;
/** a transaction runs on one core of the server: large appends are better spread */
const BATCH_CHARACTERS_MAX = 100_000;
const IN_FLIGHT_MAX = 4;
const PATIENCE_MS = 20;

/**
 * Appends that arrive while others are being written share the next statement, and so its transaction and its commit
 * (group commit), which also gives them their positions where nobody else is sequencing. Each is all or nothing by itself:
 * where one of them fails, all are run again one by one. One statement at a time makes the best of each, until a whole
 * batch is waiting; and where it takes long, because it waits for another process that uses the same key, the next is
 * started beside it.
 */
export class AppendQueue {
  private readonly queue: Entry[] = [];
  private waitingCharacters = 0;
  private inFlight = 0;
  /** the writers of a batch that has ended are about to come back */
  private gathering = false;
  private patience: NodeJS.Timeout | null = null;

  constructor(
    private readonly db: SqlExecutor,
    private readonly onSequenced: (positions: ReadonlyMap<string, bigint>) => void,
  ) {}

  run(append: PreparedAppend): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      this.queue.push({ append, resolve, reject });
      this.waitingCharacters += append.characters;
      if ((this.inFlight === 0 && !this.gathering) || this.wholeBatchWaits()) this.startBatch();
      else this.startBatchLater();
    });
  }

  private wholeBatchWaits(): boolean {
    if (this.inFlight >= IN_FLIGHT_MAX) return false;
    return this.queue.length >= BATCH_MAX || this.waitingCharacters >= BATCH_CHARACTERS_MAX;
  }

  private startBatch(): void {
    if (this.patience !== null) clearTimeout(this.patience);
    this.patience = null;
    const batch = this.takeBatch();
    if (batch.length === 0) return;
    this.inFlight++;
    if (this.queue.length > 0) this.startBatchLater();
    void this.runBatch(batch).finally(() => {
      this.inFlight--;
      if (batch.length === 1) this.startBatch();
      else this.gather();
    });
  }

  /** Who was answered together appends again in this turn of the event loop, and then together: not the first by itself. */
  private gather(): void {
    if (this.gathering) return;
    this.gathering = true;
    setImmediate(() => {
      this.gathering = false;
      this.startBatch();
    });
  }

  private takeBatch(): Entry[] {
    const batch: Entry[] = [];
    for (let characters = 0; batch.length < BATCH_MAX && characters < BATCH_CHARACTERS_MAX;) {
      const entry = this.queue.shift();
      if (entry === undefined) break;
      batch.push(entry);
      characters += entry.append.characters;
      this.waitingCharacters -= entry.append.characters;
    }
    return batch;
  }

  /** Unless a batch ends before, which starts the next. */
  private startBatchLater(): void {
    if (this.inFlight < IN_FLIGHT_MAX) this.patience ??= setTimeout(() => this.startBatch(), PATIENCE_MS);
  }

  private async runBatch(batch: readonly Entry[]): Promise<void> {
    let rows: readonly AppendRow[];
    try {
      const appends = batch.map((entry) => entry.append);
      rows = await this.db.query<AppendRow>(APPEND_SQL, appendParameters(appends, SEQUENCE_BATCH), { prepared: true });
    } catch (error) {
      if (batch.length > 1 && wasRolledBack(error)) {
        for (const entry of batch) await this.runBatch([entry]);
      } else {
        for (const entry of batch) entry.reject(error);
      }
      return;
    }
    const positions = new Map(rows.flatMap(sequencedBy));
    for (const row of rows) {
      if (row.append === null) continue;
      batch[row.append - 1]?.resolve({ row, position: positions.get(row.ticket ?? '') ?? null });
    }
    this.onSequenced(positions);
  }
}

/** Where the connection broke, nobody knows whether the commit was reached: to run it again could only say so wrongly. */
function wasRolledBack(error: unknown): boolean {
  const code = asSqlFailure(error)?.code;
  // connection exceptions, and the server shutting down
  return code !== undefined && !code.startsWith('08') && !code.startsWith('57P');
}

function sequencedBy(row: AppendRow): [string, bigint][] {
  return (row.sequenced_tickets ?? []).map((ticket, i) => [ticket, BigInt(row.sequenced_positions?.[i] ?? 0)]);
}
