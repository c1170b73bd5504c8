import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import type { StatementFailure, TextRows, TimescaleMessage, TimescaleRequest } from './timescale-protocol.js';

interface Waiting {
  readonly resolve: (result: TextRows) => void;
  readonly reject: (error: Error) => void;
}

/** Said by the thread: what is in the folder does not open. */
export class DoesNotOpenError extends Error {}

/** The near side of the thread that the database lives in. When the thread ends unasked, everything that waits is told. */
export class TimescaleThread {
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 1;
  private ended: Error | null = null;
  private readonly exited: Promise<unknown>;

  private constructor(private readonly worker: Worker) {
    this.exited = once(worker, 'exit').catch(() => undefined);
    worker.on('message', (message: TimescaleMessage) => this.take(message));
    worker.on('error', (error) => this.end(String(error)));
    worker.on('exit', (code) => this.end(`its thread exited with code ${code}`));
  }

  /**
   * @param file the compiled worker
   * @param dataDir null for a database in memory
   * @throws DoesNotOpenError where the thread came up and the database did not
   */
  static async open(file: URL, dataDir: string | null): Promise<TimescaleThread> {
    const worker = new Worker(file, { workerData: { dataDir } });
    try {
      await opened(worker);
    } catch (error) {
      await worker.terminate();
      throw error;
    }
    return new TimescaleThread(worker);
  }

  run(sql: string, parameters: readonly (string | null)[]): Promise<TextRows> {
    if (this.ended !== null) return Promise.reject(this.ended);
    return new Promise((resolve, reject) => {
      const id = this.nextId++;
      this.waiting.set(id, { resolve, reject });
      this.send({ id, sql, parameters });
    });
  }

  /** Resolves when the database has written everything down and the thread is over. */
  async close(): Promise<void> {
    if (this.ended === null) {
      this.ended = new Error('The embedded TimescaleDB is closed.');
      this.send('CLOSE');
    }
    await this.exited;
  }

  private send(request: TimescaleRequest): void {
    this.worker.postMessage(request);
  }

  private take(message: TimescaleMessage): void {
    if (message.kind !== 'ROWS' && message.kind !== 'FAILED') return;
    const waiting = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.kind === 'ROWS') waiting?.resolve(message.result);
    else waiting?.reject(toError(message.failure));
  }

  private end(reason: string): void {
    this.ended ??= new Error(`The embedded TimescaleDB ended unexpectedly (${reason}): start the process again.`);
    for (const { reject } of this.waiting.values()) reject(this.ended);
    this.waiting.clear();
  }
}

/** Once the code is loaded, whatever keeps the database from opening is in its folder. */
function opened(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    let loaded = false;
    const fail = (reason: string): void =>
      reject(
        loaded ? new DoesNotOpenError(reason) : new Error(`The thread of the embedded TimescaleDB failed: ${reason}`),
      );
    const take = (message: TimescaleMessage): void => {
      if (message.kind === 'LOADED') loaded = true;
      else if (message.kind === 'DAMAGED') fail(message.reason);
      else settle(resolve);
    };
    const failed = (error: unknown): void => fail(String(error));
    const exited = (code: number): void => fail(`it exited with code ${code}`);
    const settle = (then: () => void): void => {
      worker.off('message', take).off('error', failed).off('exit', exited);
      then();
    };
    worker.on('message', take).on('error', failed).on('exit', exited);
  });
}

const toError = ({ message, ...fields }: StatementFailure): Error => Object.assign(new Error(message), fields);
