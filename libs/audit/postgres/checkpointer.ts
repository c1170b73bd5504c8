import type { SqlDatabase, SqlExecutor } from '#platform';
import { type SignedCheckpoint, signCheckpoint } from '../checkpoint.js';
import { auditFault, type AuditFault } from '../fault.js';
import type { NoteSigner } from '../signed-note.js';
import { growTree } from './grow-tree.js';
import { readOrigin } from './log-rows.js';
import { merkleTree } from './merkle-tree.js';

export interface CheckpointerOptions {
  readonly signer: NoteSigner;
  /** keeps what was signed outside the database; called before the database has it */
  readonly publish: (checkpoint: SignedCheckpoint) => Promise<void>;
  /** after so many seconds where there are new events; default 60 */
  readonly intervalSeconds?: number;
  /** and at once after so many events; default 1,000 */
  readonly events?: number;
  /** for the log and the metrics */
  readonly report?: (report: CheckpointReport) => void;
  readonly now?: () => Date;
}

export type CheckpointReport =
  | { readonly kind: 'SIGNED'; readonly checkpoint: SignedCheckpoint }
  /** the log is not what it was: nothing is signed any more until somebody has looked at it */
  | { readonly kind: 'REFUSED'; readonly fault: AuditFault }
  | { readonly kind: 'FAILED'; readonly error: unknown };

/** Of one database: whoever holds it signs, and the others let it. Beside MIGRATION_LOCK. */
const LEADER_LOCK = 7_263_002;
const LOOK_MS = 1_000;

/**
 * Signs what the log is, every so often, and keeps that inside and outside the database. Any number of processes may run
 * one: the lock is that of a transaction, so that it is free as soon as its holder is gone. Before it signs, it follows
 * the hashes of the events that are new and looks whether the last checkpoint still holds.
 */
export class Checkpointer {
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<unknown> = Promise.resolve();
  private stopped = false;
  private dueAt = 0;

  constructor(
    private readonly db: SqlDatabase,
    private readonly options: CheckpointerOptions,
  ) {}

  start(): void {
    this.dueAt = Date.now() + this.intervalMs;
    this.lookLater();
  }

  /** Signs what is not signed yet, and ends. */
  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    await this.attempt();
  }

  /**
   * Signs the log as it is now.
   * @returns null where there is nothing new or another process is just doing it
   */
  async sign(): Promise<SignedCheckpoint | AuditFault | null> {
    for (let last: SignedCheckpoint | null = null; ;) {
      const { checkpoint, complete } = await this.db.transaction((transaction) => this.signNext(transaction));
      if (checkpoint !== null && 'code' in checkpoint) return checkpoint;
      last = checkpoint ?? last;
      if (complete) return last;
    }
  }

  private get intervalMs(): number {
    return (this.options.intervalSeconds ?? 60) * 1000;
  }

  private lookLater(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.look(), Math.min(LOOK_MS, this.intervalMs));
    this.timer.unref();
  }

  private async look(): Promise<void> {
    try {
      const unsigned = await unsignedEvents(this.db);
      if (unsigned > 0 && (Date.now() >= this.dueAt || unsigned >= (this.options.events ?? 1_000)))
        await this.attempt();
    } catch (error) {
      this.report({ kind: 'FAILED', error });
    }
    this.lookLater();
  }

  /** One at a time in this process. */
  private attempt(): Promise<unknown> {
    this.dueAt = Date.now() + this.intervalMs;
    this.running = this.running.then(async () => {
      try {
        const signed = await this.sign();
        if (signed !== null && 'code' in signed) this.report({ kind: 'REFUSED', fault: signed });
      } catch (error) {
        this.report({ kind: 'FAILED', error });
      }
    });
    return this.running;
  }

  private async signNext(
    transaction: SqlExecutor,
  ): Promise<{ readonly checkpoint: SignedCheckpoint | AuditFault | null; readonly complete: boolean }> {
    const nothing = { checkpoint: null, complete: true };
    const [lock] = await transaction.query<{ held: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS held', [
      LEADER_LOCK,
    ]);
    if (lock?.held !== true) return nothing;
    const state = await readState(transaction);
    if (state.size === state.signed) return nothing;
    if (state.size < state.signed) {
      const message = `The log ends at position ${state.size}, and one of ${state.signed} events was signed.`;
      return { checkpoint: auditFault('CHECKPOINT_BEYOND_END', message), complete: true };
    }
    const size = await growTree(transaction, state.size);
    if (typeof size !== 'number') return { checkpoint: size, complete: true };
    const fault = await this.lookBack(transaction, state);
    if (fault !== null) return { checkpoint: fault, complete: true };
    if (size <= state.signed) return { checkpoint: null, complete: false };
    return { checkpoint: await this.signAt(transaction, size), complete: size === state.size };
  }

  private async lookBack(db: SqlExecutor, { signed, root }: LogState): Promise<AuditFault | null> {
    if (root === null || (await merkleTree(db)(0, signed)).equals(root)) return null;
    return auditFault('CHECKPOINT_MISMATCH', `The first ${signed} events are not what was signed as such.`);
  }

  private async signAt(db: SqlExecutor, size: number): Promise<SignedCheckpoint> {
    const root = await merkleTree(db)(0, size);
    const time = (this.options.now?.() ?? new Date()).toISOString();
    const checkpoint = signCheckpoint(this.options.signer, { origin: await readOrigin(db), size, root, time });
    // first outside: a checkpoint that only the database has could go with it
    await this.options.publish(checkpoint);
    await db.query('INSERT INTO checkpoints (size, root, note, public_key) VALUES ($1, $2, $3, $4)', [
      size,
      root,
      checkpoint.note,
      checkpoint.key.text,
    ]);
    this.report({ kind: 'SIGNED', checkpoint });
    return checkpoint;
  }

  private report(report: CheckpointReport): void {
    this.options.report?.(report);
  }
}

interface LogState {
  readonly size: number;
  /** size and root of the newest checkpoint; 0 and null where there is none */
  readonly signed: number;
  readonly root: Buffer | null;
}

async function readState(db: SqlExecutor): Promise<LogState> {
  const [row] = await db.query<{ size: string; signed: string | null; root: Buffer | null }>(
    `SELECT s.last_position::text AS size, c.size::text AS signed, c.root
     FROM sequencer s LEFT JOIN LATERAL (SELECT size, root FROM checkpoints ORDER BY size DESC LIMIT 1) c ON true`,
  );
  return { size: Number(row?.size ?? 0), signed: Number(row?.signed ?? 0), root: row?.root ?? null };
}

async function unsignedEvents(db: SqlExecutor): Promise<number> {
  const { size, signed } = await readState(db);
  return size - signed;
}
