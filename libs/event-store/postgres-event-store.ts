import type { RecordedEvent } from '#domain';
import { asSqlFailure, type SqlDatabase } from '#platform';

import { AppendQueue } from './append-queue.js';
import { type AppendRow, idempotencyRecord, prepareAppend, refusalOf } from './append-statement.js';
import { findConfiguration, type StoredConfiguration } from './command-tables.js';
import { CoordinationNumbers } from './coordination-numbers.js';
import type { Append, AppendOutcome, EventStore, IdempotencyRecord, ReadStreamOptions } from './event-store.js';
import { DEFAULT_TENANT } from './names.js';
import { openPersonalFields, sealPersonalFields } from './personal/personal-fields.js';
import { readLogEvents, readStreamEvents } from './read-events.js';
import { type EventAddress, Sequencer } from './sequencer.js';
import {
  type ArchivedEvents,
  BacklogExceededError,
  type EventStoreOptions,
  NO_ARCHIVE,
  type SequencerLag,
  type StoreReport,
} from './store-options.js';

/** The event store on the tables of migrations/command. `db` stays the caller's: close it after `stop()`. */
export function createEventStore(db: SqlDatabase, options: EventStoreOptions = {}): PostgresEventStore {
  return new PostgresEventStore(db, options);
}

const ATTEMPTS_MAX = 5;
/** serialization_failure, deadlock_detected: rolled back as a whole, so that trying again is safe */
const TRANSIENT = new Set(['40001', '40P01']);

export class PostgresEventStore implements EventStore {
  private readonly listeners = new Set<() => void>();
  private readonly report: (report: StoreReport) => void;
  private readonly archive: ArchivedEvents;
  private readonly numbers: CoordinationNumbers;
  private readonly appends: AppendQueue;
  private readonly sequencer: Sequencer;
  private timer: NodeJS.Timeout | null = null;
  private lagSeen: SequencerLag = { tickets: 0, seconds: 0 };
  private lastSeen = 0n;

  constructor(
    private readonly db: SqlDatabase,
    private readonly options: EventStoreOptions,
  ) {
    this.report = options.report ?? (() => undefined);
    this.archive = options.archive ?? NO_ARCHIVE;
    this.numbers = new CoordinationNumbers(db, options.numberBlock ?? 50);
    this.appends = new AppendQueue(db, (positions) => this.sequencer.settle(positions));
    this.sequencer = new Sequencer(db, () => this.ring(), this.report);
  }

  /** Gives positions to what an earlier process committed and did not get to, then listens. */
  async start(): Promise<void> {
    await this.sequencer.drain();
    this.lastSeen = await this.lastPosition();
    await this.options.doorbell?.start(() => this.ring());
    this.pollLater();
  }

  /** Lets passes in flight finish; call it when no append runs any more. */
  async stop(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    await this.options.doorbell?.stop();
    await this.sequencer.idle();
    await this.numbers.giveBack();
    this.listeners.clear();
  }

  /** commits that have no position yet, as far as this process knows */
  get pending(): number {
    return Math.max(this.sequencer.waiting, this.lagSeen.tickets);
  }

  get lag(): SequencerLag {
    return this.lagSeen;
  }

  async append(append: Append): Promise<AppendOutcome> {
    this.refuseBeyondBacklog();
    const { personalKeys } = this.options;
    const prepared = prepareAppend(
      personalKeys === undefined ? append : await sealPersonalFields(append, personalKeys),
    );
    for (let attempt = 1; ; attempt++) {
      try {
        const { row, position: given } = await this.appends.run(prepared);
        if (row.kind !== 'APPENDED') return refusalOf(row, append.idempotency);
        const position = given ?? (await this.positionOf(row, { tenant: prepared.tenant, ...prepared.last }));
        return { kind: 'APPENDED', eventIds: prepared.eventIds, position, recordedAt: row.recorded_at ?? '' };
      } catch (error) {
        const failure = asSqlFailure(error);
        if (failure?.code === '23505' && failure.constraint === 'events_pkey') return this.conflictOf(append);
        if (failure === null || !TRANSIENT.has(failure.code) || attempt === ATTEMPTS_MAX) throw error;
        this.report({ kind: 'APPEND_RETRIED', code: failure.code });
      }
    }
  }

  async readStream(stream: string, options: ReadStreamOptions = {}): Promise<readonly RecordedEvent[]> {
    const events = await this.readSequenced(stream, options);
    const { personalKeys } = this.options;
    if (options.personalFields !== 'OPENED' || personalKeys === undefined) return events;
    return Promise.all(events.map((event) => openPersonalFields(event, personalKeys)));
  }

  private async readSequenced(stream: string, options: ReadStreamOptions): Promise<readonly RecordedEvent[]> {
    const events = await readStreamEvents(this.db, this.archive, stream, options);
    if (events !== null) return events;
    await this.sequencer.drain();
    const sequenced = await readStreamEvents(this.db, this.archive, stream, options);
    if (sequenced === null) throw new Error(`Events of ${stream} have no position yet: try again.`);
    return sequenced;
  }

  readLog(after: bigint, limit: number): Promise<readonly RecordedEvent[]> {
    return readLogEvents(this.db, this.archive, after, limit);
  }

  async lastPosition(): Promise<bigint> {
    const [row] = await this.db.query<{ position: string }>('SELECT last_position::text AS position FROM sequencer');
    return BigInt(row?.position ?? 0);
  }

  async findIdempotencyRecord(scope: string, key: string): Promise<IdempotencyRecord | null> {
    const [row] = await this.db.query<{ body_hash: string; response: string }>(
      'SELECT body_hash, response FROM idempotency_records WHERE scope = $1 AND key = $2',
      [scope, key],
    );
    return row === undefined ? null : idempotencyRecord(scope, key, row.body_hash, row.response);
  }

  findConfiguration(name: string): Promise<StoredConfiguration | null> {
    return findConfiguration(this.db, name);
  }

  /** @param day YYYYMMDD; the first number of a day is 1 */
  nextCoordinationNumber(day: string): Promise<number> {
    return this.numbers.next(day);
  }

  onSequenced(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private refuseBeyondBacklog(): void {
    const max = this.options.pendingMax ?? 10_000;
    if (this.pending >= max) throw new BacklogExceededError(this.pending, 1);
  }

  private async positionOf(row: AppendRow, last: EventAddress): Promise<bigint | null> {
    const timeoutMs = this.options.positionTimeoutMs ?? 2_000;
    const position = await this.sequencer.positionOf(row.ticket ?? '', last, timeoutMs);
    if (position === null) this.report({ kind: 'POSITION_LATE', stream: last.stream });
    return position;
  }

  /** Another append to a stream committed first, between our look at its version and our insert. */
  private async conflictOf(append: Append): Promise<AppendOutcome> {
    const [row] = await this.db.query<{ stream: string; actual: number }>(
      `SELECT s.stream, s.actual FROM (
         SELECT u.stream, u.expected, u.place, coalesce((SELECT max(version) FROM events e WHERE e.tenant = $3 AND e.stream = u.stream), 0) AS actual
         FROM unnest($1::text[], $2::int[]) WITH ORDINALITY AS u (stream, expected, place)
       ) s WHERE s.actual <> s.expected ORDER BY s.place LIMIT 1`,
      [
        append.streams.map((each) => each.stream),
        append.streams.map((each) => each.expectedVersion),
        append.tenant ?? DEFAULT_TENANT,
      ],
    );
    if (row === undefined) throw new Error('An append met another one that is not there.');
    return { kind: 'VERSION_CONFLICT', stream: row.stream, actualVersion: row.actual };
  }

  private ring(): void {
    for (const listener of this.listeners) listener();
  }

  private pollLater(): void {
    this.timer = setTimeout(() => void this.poll(), this.options.pollMs ?? 500);
    this.timer.unref();
  }

  /** Finds what other processes appended, sequenced, or left behind when they died. */
  private async poll(): Promise<void> {
    try {
      const [row] = await this.db.query<{ position: string; pending: number; age: number | null }>(
        `SELECT last_position::text AS position, (SELECT count(*)::int FROM (SELECT FROM pending LIMIT 100000) p) AS pending,
           (SELECT extract(epoch FROM clock_timestamp() - e.recorded_at)::float8
            FROM (SELECT tenant, stream, from_version FROM pending ORDER BY ticket LIMIT 1) p
            JOIN events e ON e.tenant = p.tenant AND e.stream = p.stream AND e.version = p.from_version) AS age
         FROM sequencer`,
      );
      const position = BigInt(row?.position ?? 0);
      this.lagSeen = { tickets: row?.pending ?? 0, seconds: Math.max(0, row?.age ?? 0) };
      if (this.lagSeen.tickets > 0) this.sequencer.kick();
      if (position > this.lastSeen) this.ring();
      this.lastSeen = position;
    } catch (error) {
      this.report({ kind: 'POLL_FAILED', error });
    }
    if (this.timer !== null) this.pollLater();
  }
}
