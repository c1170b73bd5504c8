import type { PersonalKeys } from './personal/personal-keys.js';

export interface EventStoreOptions {
  /**
   * Hears of positions given by other processes at once (`PostgresDoorbell` on the channel `log_sequenced`); without one,
   * they are found by polling.
   */
  readonly doorbell?: Doorbell;
  /** how often to look for what another process appended or left behind; default 500 */
  readonly pollMs?: number;
  /** how long an append waits for its position after the commit; default 2,000 */
  readonly positionTimeoutMs?: number;
  /** commits without a position beyond which appends are refused; default 10,000 */
  readonly pendingMax?: number;
  /** how many coordination numbers a process takes from the database at once; default 50 */
  readonly numberBlock?: number;
  /** where events are whose texts were moved out of the table; without one, reading such an event throws */
  readonly archive?: ArchivedEvents;
  /** seals personal fields of what is appended; without it they are stored as they are */
  readonly personalKeys?: PersonalKeys;
  /** for the log and the metrics */
  readonly report?: (report: StoreReport) => void;
}

/** The files that old events were moved to. */
export interface ArchivedEvents {
  /** Texts by position, of all that are asked for; rejects where one cannot be had as it was. */
  read(positions: readonly number[]): Promise<ReadonlyMap<number, EventTexts>>;
}

/** Canonical JSON, as it is hashed. */
export interface EventTexts {
  readonly metadata: string;
  readonly data: string;
}

export const NO_ARCHIVE: ArchivedEvents = {
  read: async ([first]) => {
    if (first === undefined) return new Map();
    throw new Error(`Position ${first} was moved to an archive, and this program reads none.`);
  },
};

export interface Doorbell {
  start(ring: () => void): Promise<void>;
  stop(): Promise<void>;
}

/** What is committed and has no position yet, in all processes, when last looked at. */
export interface SequencerLag {
  readonly tickets: number;
  /** age of the oldest; 0 where there is none */
  readonly seconds: number;
}

export type StoreReport =
  /** an append was answered without its position, because the sequencer did not get to it in time */
  | { readonly kind: 'POSITION_LATE'; readonly stream: string }
  /** a pass failed and will be tried again */
  | { readonly kind: 'SEQUENCING_FAILED'; readonly error: unknown }
  | { readonly kind: 'POLL_FAILED'; readonly error: unknown }
  /** a deadlock or serialization failure, tried again */
  | { readonly kind: 'APPEND_RETRIED'; readonly code: string };

/** The channel the sequencer notifies. */
export const SEQUENCED_CHANNEL = 'log_sequenced';

/** The sequencer is behind: nothing was stored, and the caller should come back later. */
export class BacklogExceededError extends Error {
  override readonly name = 'BacklogExceededError';

  constructor(
    readonly pending: number,
    readonly retryAfterSeconds: number,
  ) {
    super(`${pending} appends wait for their position: try again in ${retryAfterSeconds} s.`);
  }
}
