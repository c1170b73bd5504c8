import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { firstValueFrom } from 'rxjs';
import { toCoordinationCompletedMessage } from '#contracts';
import type { EventStore } from '#event-store';
import {
  COORDINATION_COMPLETED_TOPIC,
  completedCoordinations,
  createSqlRelayCheckpoint,
  LOG_ADVANCED_TOPIC,
  type LogAdvanced,
  type MessageBus,
  MessageBusClient,
  Relay,
  type RelayReport,
  SqlRelayLease,
} from '#messaging';
import type { SqlExecutor } from '#platform';
import { processName } from './pulsar-settings.js';
import { RelayMetrics } from './relay-metrics.js';

/** What the relay is plugged into. Whoever opened these closes them, after the application. */
export interface RelayAdapters {
  readonly log: Pick<EventStore, 'readLog' | 'lastPosition' | 'onSequenced'>;
  /** of the event store: lease and checkpoint are there */
  readonly database: SqlExecutor;
  readonly bus: MessageBus;
  /** of lease and checkpoint: relays of one name take turns */
  readonly name: string;
}

export const RELAY_ADAPTERS = Symbol('RELAY_ADAPTERS');

const LAG_MS = 1_000;

/** Publishes completed coordinations, and rings for every part of the log, while the application runs. */
@Injectable()
export class RelayService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Relay');
  private readonly relay: Relay;
  private readonly doorbell: MessageBusClient;
  private ringing = false;
  private ringAgain: bigint | null = null;
  private failuresInARow = 0;
  private lagAskedAtMs = Number.NEGATIVE_INFINITY;
  private lagLater: NodeJS.Timeout | null = null;

  constructor(
    @Inject(RELAY_ADAPTERS) private readonly adapters: RelayAdapters,
    @Inject(RelayMetrics) private readonly metrics: RelayMetrics,
  ) {
    const { log, database, bus, name } = adapters;
    this.doorbell = new MessageBusClient(bus);
    this.relay = new Relay({
      log,
      bus,
      topic: COORDINATION_COMPLETED_TOPIC,
      checkpoint: createSqlRelayCheckpoint(database, name),
      lease: new SqlRelayLease(database, { name, holder: processName() }),
      toMessage: completedCoordinations(toCoordinationCompletedMessage),
      onAdvanced: (position) => this.ring(position),
      report: (report) => this.take(report),
    });
  }

  onApplicationBootstrap(): void {
    this.metrics.transport(this.adapters.bus.transport);
    this.relay.start();
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.lagLater !== null) clearTimeout(this.lagLater);
    await this.relay.stop();
  }

  private take(report: RelayReport): void {
    switch (report.kind) {
      case 'LEADING':
        this.metrics.leading(report.deduplicating);
        this.logger.log(`this process publishes, from position ${report.progress.position + 1n} on`);
        if (!report.deduplicating) {
          this.logger.error('The broker keeps repeats: switch on deduplication for the namespace of the topics.');
        }
        break;
      case 'STANDING_BY':
        this.metrics.standingBy();
        this.logger.log('another process publishes; this one stands by');
        return;
      case 'PUBLISHED':
        this.failuresInARow = 0;
        this.metrics.published(report.outcomes);
        break;
      case 'FAILED':
        this.metrics.failed();
        // the first of an outage, then once in a while
        if (this.failuresInARow++ % 20 === 0) {
          this.logger.warn(`position ${report.progress.position + 1n} is published later: ${String(report.error)}`);
        }
        break;
      case 'ALREADY_PUBLISHED':
        this.metrics.alreadyPublished();
        this.logger.error(
          `The broker drops what is published as known, up to position ${report.progress.position}: was the log restored, or copied? Then give it another origin (docs/audit.md).`,
        );
    }
    this.tellLag(report.progress.position);
  }

  /** Not after each batch, because the store has to be asked for its end; but after the last one of a burst, too. */
  private tellLag(at: bigint): void {
    const early = LAG_MS - (performance.now() - this.lagAskedAtMs);
    if (early > 0) {
      this.lagLater ??= setTimeout(() => {
        this.lagLater = null;
        if (this.relay.leading) this.tellLag(this.relay.position);
      }, early).unref();
      return;
    }
    this.lagAskedAtMs = performance.now();
    void this.adapters.log.lastPosition().then(
      (end) => this.metrics.stands(at > this.relay.position ? at : this.relay.position, end),
      () => undefined,
    );
  }

  /** One ring at a time; what comes meanwhile becomes one more. Where the broker is away nobody hears it, and polls. */
  private ring(position: bigint): void {
    this.ringAgain = position;
    if (this.ringing) return;
    this.ringing = true;
    void this.ringOut().finally(() => (this.ringing = false));
  }

  private async ringOut(): Promise<void> {
    while (this.ringAgain !== null) {
      const advanced: LogAdvanced = { position: String(this.ringAgain) };
      this.ringAgain = null;
      await firstValueFrom(this.doorbell.emit(LOG_ADVANCED_TOPIC, advanced)).catch(() => undefined);
    }
  }
}
