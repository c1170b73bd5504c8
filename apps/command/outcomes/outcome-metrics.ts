import { Injectable, type Provider } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import { Counter, Gauge } from 'prom-client';
import type { OutcomeEvent } from '#domain';

const TOLD = 'outcomes_told_total';
const OPEN = 'outcomes_open_coordinations';
const FAILURES = 'outcomes_failures_total';

export const outcomeMetricProviders: readonly Provider[] = [
  makeCounterProvider({
    name: TOLD,
    help: 'Outcomes of signals, decisions and refusals that were stored: measured the first time, or corrected',
    labelNames: ['kind', 'event'],
  }),
  makeGaugeProvider({
    name: OPEN,
    help: 'Coordinations of which something has no outcome yet, or may still be corrected; of the process that watches',
  }),
  makeCounterProvider({ name: FAILURES, help: 'Coordinations whose outcomes could not be told; each is tried again' }),
];

@Injectable()
export class OutcomeMetrics {
  constructor(
    @InjectMetric(TOLD) private readonly counted: Counter,
    @InjectMetric(OPEN) private readonly openCoordinations: Gauge,
    @InjectMetric(FAILURES) private readonly failures: Counter,
  ) {}

  told({ type, data }: OutcomeEvent): void {
    const event = type === 'outcomes_measured' ? 'measured' : 'corrected';
    for (const kind of ['signals', 'decisions', 'refusals'] as const) {
      if (data[kind].length > 0) this.counted.inc({ kind, event }, data[kind].length);
    }
  }

  open(count: number): void {
    this.openCoordinations.set(count);
  }

  failed(): void {
    this.failures.inc();
  }
}
