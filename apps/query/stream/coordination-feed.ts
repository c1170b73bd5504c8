import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { CoordinationRecord } from '#read-models';
import { QUERY_ADAPTERS, type QueryAdapters } from '../query-adapters.js';
import { QueryMetrics } from '../query-metrics.js';
import { StreamClient } from './stream-client.js';

const CLIENTS_MAX = 100;
const HEARTBEAT_MS = 15_000;
const POLL_MS = 500;
/** read from the database at once */
const BATCH = 100;
/** kept for clients that are a little behind */
const RECENT_MAX = 1_000;

/**
 * Completed coordinations in the order of the log, for any number of clients. What is new is read once for all of them,
 * when the read models of the process move on or by looking now and then, and only while there is a client. A client that
 * is further behind than what is kept reads the database for itself, a batch whenever it has taken the one before.
 *
 * Only what every lane has folded is told, so that no coordination can appear before a position that was told already.
 */
@Injectable()
export class CoordinationFeed implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(CoordinationFeed.name);
  private readonly clients = new Set<StreamClient>();
  private recent: CoordinationRecord[] = [];
  /** `recent` holds everything after this position … */
  private since = 0n;
  /** … up to this one */
  private upTo = 0n;
  private looking: Promise<void> | null = null;
  private again = false;
  private following = false;
  private closing = false;
  private timers: NodeJS.Timeout[] = [];
  private forget: () => void = () => undefined;

  constructor(
    @Inject(QUERY_ADAPTERS) private readonly adapters: QueryAdapters,
    @Inject(QueryMetrics) private readonly metrics: QueryMetrics,
  ) {}

  onModuleInit(): void {
    const { advance, stream } = this.adapters;
    this.forget = advance?.onAdvanced(() => this.wake()) ?? this.forget;
    this.timers = [
      setInterval(() => this.wake(), stream?.pollMs ?? POLL_MS),
      setInterval(() => this.beat(), stream?.heartbeatMs ?? HEARTBEAT_MS),
    ];
    for (const timer of this.timers) timer.unref();
  }

  /** A stream has no end of its own: closing the server would wait for it. */
  onModuleDestroy(): void {
    this.closing = true;
    this.forget();
    for (const timer of this.timers) clearInterval(timer);
    for (const client of this.clients) client.finish();
  }

  /**
   * Everything after a position, or what is completed from now on; null where there is no room for another client.
   * Rejects where the database does not answer.
   */
  async open(after: bigint | null): Promise<StreamClient | null> {
    if (this.closing || this.clients.size >= (this.adapters.stream?.clientsMax ?? CLIENTS_MAX)) return null;
    const client = new StreamClient((position) => this.after(position));
    // counted before the look, so that many at a time do not all find room
    this.clients.add(client);
    client.once('close', () => {
      this.clients.delete(client);
      if (this.clients.size === 0) this.following = false;
      this.metrics.streamClients(this.clients.size);
    });
    this.metrics.streamClients(this.clients.size);
    try {
      const folded = await this.adapters.readModels.checkpoint();
      if (!this.following) this.followFrom(folded);
      client.start(after ?? this.upTo);
    } catch (error) {
      client.destroy();
      throw error;
    }
    return client;
  }

  private followFrom(position: bigint): void {
    this.following = true;
    this.recent = [];
    this.since = this.upTo = position;
  }

  private wake(): void {
    if (!this.following) return;
    if (this.looking !== null) {
      this.again = true;
      return;
    }
    this.looking = this.look()
      .catch((error: unknown) => this.logger.warn(`The read models cannot be followed: ${String(error)}`))
      .finally(() => {
        this.looking = null;
        if (this.again) {
          this.again = false;
          this.wake();
        }
      });
  }

  private async look(): Promise<void> {
    const { readModels } = this.adapters;
    const folded = await readModels.checkpoint();
    // behind what was told where the read models are being folded anew
    while (this.upTo < folded) {
      const found = await readModels.coordinationsBetween(this.upTo, folded, BATCH);
      this.recent.push(...found);
      this.upTo = found.length < BATCH ? folded : BigInt(found.at(-1)?.position ?? folded);
      if (this.recent.length > RECENT_MAX) {
        const dropped = this.recent.splice(0, this.recent.length - RECENT_MAX);
        this.since = BigInt(dropped.at(-1)?.position ?? this.since);
      }
      for (const client of this.clients) client.more();
    }
  }

  private beat(): void {
    for (const client of this.clients) client.heartbeat();
  }

  /** What follows a position, and up to where that is complete. */
  private async after(position: bigint): Promise<{ records: readonly CoordinationRecord[]; upTo: bigint }> {
    if (position >= this.upTo) return { records: [], upTo: position };
    if (position >= this.since) {
      return { records: this.recent.filter((record) => BigInt(record.position) > position), upTo: this.upTo };
    }
    const { upTo } = this;
    const records = await this.adapters.readModels.coordinationsBetween(position, upTo, BATCH);
    return { records, upTo: records.length < BATCH ? upTo : BigInt(records.at(-1)?.position ?? upTo) };
  }
}
