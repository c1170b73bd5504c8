import { Injectable, type Provider } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import { Counter, Gauge } from 'prom-client';
import type { PublishOutcome, Transport } from '#messaging';

const LEADING = 'relay_leading';
const POSITION = 'relay_position';
const LAG = 'relay_lag_events';
const PUBLISHED = 'relay_published_total';
const FAILURES = 'relay_publish_failures_total';
const DEDUPLICATING = 'relay_broker_deduplicates';
const CONFLICTS = 'relay_already_published_total';
const TRANSPORT = 'messaging_transport';

export const relayMetricProviders: readonly Provider[] = [
  makeGaugeProvider({ name: LEADING, help: '1 where this process publishes the log, 0 where it stands by' }),
  makeGaugeProvider({
    name: POSITION,
    help: 'Position of the log up to which it is published, where this process leads',
  }),
  makeGaugeProvider({ name: LAG, help: 'Events of the log that are not published yet, where this process leads' }),
  makeCounterProvider({
    name: PUBLISHED,
    help: 'Messages that the broker took: STORED, or DUPLICATE where it had them before and dropped them',
    labelNames: ['outcome'],
  }),
  makeCounterProvider({ name: FAILURES, help: 'Attempts to publish that failed; each is tried again' }),
  makeGaugeProvider({ name: DEDUPLICATING, help: '1 where the broker drops repeats, as it should' }),
  makeCounterProvider({
    name: CONFLICTS,
    help: 'Batches of which the broker had more than a crash leaves: another log is published under the same name',
  }),
  makeGaugeProvider({ name: TRANSPORT, help: '1 for what carries the messages', labelNames: ['transport'] }),
];

@Injectable()
export class RelayMetrics {
  constructor(
    @InjectMetric(LEADING) private readonly leads: Gauge,
    @InjectMetric(POSITION) private readonly position: Gauge,
    @InjectMetric(LAG) private readonly lag: Gauge,
    @InjectMetric(PUBLISHED) private readonly messages: Counter,
    @InjectMetric(FAILURES) private readonly failures: Counter,
    @InjectMetric(DEDUPLICATING) private readonly deduplicates: Gauge,
    @InjectMetric(CONFLICTS) private readonly conflicts: Counter,
    @InjectMetric(TRANSPORT) private readonly transports: Gauge,
  ) {}

  transport(transport: Transport): void {
    this.transports.set({ transport }, 1);
  }

  leading(deduplicating: boolean): void {
    this.leads.set(1);
    this.deduplicates.set(deduplicating ? 1 : 0);
  }

  standingBy(): void {
    this.leads.set(0);
    this.lag.set(0);
  }

  published(outcomes: readonly PublishOutcome[]): void {
    for (const outcome of outcomes) this.messages.inc({ outcome });
  }

  stands(at: bigint, end: bigint): void {
    this.position.set(Number(at));
    this.lag.set(Math.max(0, Number(end - at)));
  }

  failed(): void {
    this.failures.inc();
  }

  alreadyPublished(): void {
    this.conflicts.inc();
  }
}
