import { AsyncLocalStorage } from 'node:async_hooks';
import { join } from 'node:path';

import { OperatorError } from '../operator-error.js';
import type { SqlDatabase, SqlExecutor } from '../sql/sql-database.js';
import { columnParser, encodeParameter } from '../sql/sql-values.js';
import { lockFolder } from './folder-lock.js';
import type { TextRows } from './timescale-protocol.js';
import { DoesNotOpenError, TimescaleThread } from './timescale-thread.js';

export interface EmbeddedTimescaleOptions {
  /** made if missing; in memory where absent */
  readonly dir?: string;
  /** the compiled worker; default the one beside this module */
  readonly worker?: URL;
}

/** What is in the folder is no database that opens: a power cut or a full disk left half of one. It can be rebuilt from the events. */
export class DamagedDatabaseError extends OperatorError {}

/**
 * TimescaleDB in WASM, in a thread of this process, so that its work does not hold up the event loop: one session, one
 * transaction at a time, no background workers, no COPY FROM STDIN, no named prepared statements. It does not fsync: use
 * it for what can be rebuilt from the events. Opening takes 5-6 s and about 500 MB. Should the thread crash, every
 * statement from then on is rejected: the process has to start again.
 * @throws OperatorError where the folder is in use or cannot be written
 * @throws DamagedDatabaseError where its content does not open; the folder is left as it is
 */
export async function openEmbeddedTimescale(options: EmbeddedTimescaleOptions): Promise<SqlDatabase> {
  const worker = options.worker ?? new URL('./timescale.worker.js', import.meta.url);
  if (options.dir === undefined) {
    return new EmbeddedTimescale(await TimescaleThread.open(worker, null), async () => undefined);
  }
  const lock = await lockFolder(options.dir);
  try {
    const thread = await TimescaleThread.open(worker, join(options.dir, 'cluster'));
    return new EmbeddedTimescale(thread, () => lock.release());
  } catch (error) {
    await lock.release();
    if (!(error instanceof DoesNotOpenError)) throw error;
    throw new DamagedDatabaseError(`The embedded TimescaleDB in ${options.dir} cannot be opened: ${error.message}.`, {
      cause: error,
    });
  }
}

class EmbeddedTimescale implements SqlDatabase {
  private readonly inTransaction = new AsyncLocalStorage<true>();
  /** settles when the session is free for whoever asks next */
  private free: Promise<unknown> = Promise.resolve();
  private closing: Promise<void> | null = null;

  constructor(
    private readonly thread: TimescaleThread,
    private readonly release: () => Promise<void>,
  ) {}

  async query<Row extends object>(sql: string, parameters?: readonly unknown[]): Promise<Row[]> {
    return this.alone(() => this.run<Row>(sql, parameters));
  }

  async transaction<T>(work: (transaction: SqlExecutor) => Promise<T>): Promise<T> {
    return this.alone(async () => {
      let over = false;
      const transaction: SqlExecutor = {
        query: async (sql, parameters) => {
          if (over) throw new Error('The transaction of this executor is over.');
          return this.run(sql, parameters);
        },
      };
      await this.run('BEGIN');
      try {
        const answer = await this.inTransaction.run(true, () => work(transaction));
        over = true;
        await this.run('COMMIT');
        return answer;
      } catch (error) {
        over = true;
        // when the thread is gone this fails too, and the transaction with it: the first error is the one to tell
        await this.run('ROLLBACK').catch(() => undefined);
        throw error;
      }
    });
  }

  close(): Promise<void> {
    this.closing ??= this.alone(() => this.thread.close()).finally(() => this.release());
    return this.closing;
  }

  /** The session is taken until the work ends, so waiting for it from inside would be waiting for ever. */
  private alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.inTransaction.getStore() === true) {
      return Promise.reject(new Error('Inside a transaction of the embedded database, use the executor passed to it.'));
    }
    const done = this.free.then(work);
    this.free = done.catch(() => undefined);
    return done;
  }

  private async run<Row extends object>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return toRows<Row>(await this.thread.run(sql, parameters.map(encodeParameter)));
  }
}

function toRows<Row extends object>({ columns, rows }: TextRows): Row[] {
  const parsers = columns.map(({ typeOid }) => columnParser(typeOid));
  return rows.map((texts) => {
    const row: Record<string, unknown> = {};
    columns.forEach(({ name }, index) => {
      const text = texts[index] ?? null;
      row[name] = text === null ? null : parsers[index]?.(text);
    });
    return row as Row;
  });
}
