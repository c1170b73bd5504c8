import { Injectable, type Provider } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import { Counter, Histogram } from 'prom-client';
import type { ExecutionEvent } from '#domain';

const FILLS = 'coordination_fills_total';
const REPLANS = 'coordination_replans_total';
const FAILED_REPLANS = 'coordination_replan_failures_total';
const FINISHED = 'coordination_executions_finished_total';
const SHORTFALL = 'coordination_implementation_shortfall_bps';
const CONFLICTS = 'coordination_execution_conflicts_total';

export const executionMetricProviders: readonly Provider[] = [
  makeCounterProvider({
    name: FILLS,
    help: 'Reported fills: recorded (accepted), known already (duplicate), or of a request that was refused (refused)',
    labelNames: ['outcome'],
  }),
  makeCounterProvider({
    name: REPLANS,
    help: 'Executions whose rest was planned again, by reason',
    labelNames: ['reason'],
  }),
  makeCounterProvider({
    name: FAILED_REPLANS,
    help: 'Executions that were due to be planned again and could not; each is tried again with the next report',
    labelNames: ['reason'],
  }),
  makeCounterProvider({ name: FINISHED, help: 'Executions with nothing open any more', labelNames: ['status'] }),
  makeHistogramProvider({
    name: SHORTFALL,
    help: 'Implementation shortfall of finished executions, basis points of what was decided',
    buckets: [-100, -50, -20, -10, -5, 0, 5, 10, 20, 50, 100, 200, 500],
  }),
  makeCounterProvider({
    name: CONFLICTS,
    help: 'Changes of an execution that met another writer: decided again (RETRIED) or sent away (GIVEN_UP)',
    labelNames: ['outcome'],
  }),
];

@Injectable()
export class ExecutionMetrics {
  constructor(
    @InjectMetric(FILLS) private readonly fills: Counter,
    @InjectMetric(REPLANS) private readonly replans: Counter,
    @InjectMetric(FAILED_REPLANS) private readonly failedReplans: Counter,
    @InjectMetric(FINISHED) private readonly finished: Counter,
    @InjectMetric(SHORTFALL) private readonly shortfall: Histogram,
    @InjectMetric(CONFLICTS) private readonly conflicts: Counter,
  ) {}

  reported(outcome: 'accepted' | 'duplicate' | 'refused', fills: number): void {
    if (fills > 0) this.fills.inc({ outcome }, fills);
  }

  /** an event that was stored */
  stored(event: ExecutionEvent): void {
    if (event.type === 'execution_replanned') this.replans.inc({ reason: event.data.reason });
    if (event.type !== 'execution_finished') return;
    this.finished.inc({ status: event.data.status });
    this.shortfall.observe(event.data.shortfall.total.total_bps);
  }

  replanFailed(reason: string): void {
    this.failedReplans.inc({ reason });
  }

  conflicted(outcome: 'RETRIED' | 'GIVEN_UP'): void {
    this.conflicts.inc({ outcome });
  }
}
