import { Injectable, type Provider } from '@nestjs/common';
import {
  InjectMetric,
  makeCounterProvider,
  makeGaugeProvider,
  makeHistogramProvider,
} from '@willsoto/nestjs-prometheus';
import { Counter, Gauge, Histogram } from 'prom-client';

const POSITION = 'projector_position';
const LAG_EVENTS = 'projector_lag_events';
const LAG_SECONDS = 'projector_lag_seconds';
const EVENTS = 'projector_events_total';
const BATCH_SECONDS = 'projector_batch_seconds';
const FAILURES = 'projector_failures_total';
const PARKED = 'projector_dead_letters';
const PARKED_TOTAL = 'projector_parked_total';
const LANES = 'projector_lanes';
const REBUILD_EVENTS = 'projector_rebuild_events_total';
const TIMESCALE = 'read_models_timescale';

const labelNames = ['projection'];

export const projectorMetricProviders: readonly Provider[] = [
  makeGaugeProvider({ name: POSITION, help: 'Position of the log up to which the projection is folded', labelNames }),
  makeGaugeProvider({ name: LAG_EVENTS, help: 'Events of the log that the projection does not hold yet', labelNames }),
  makeGaugeProvider({
    name: LAG_SECONDS,
    help: 'Age of the newest event applied while there are newer ones; 0 when there are none',
    labelNames,
  }),
  makeCounterProvider({ name: EVENTS, help: 'Events applied', labelNames }),
  makeHistogramProvider({
    name: BATCH_SECONDS,
    help: 'Time to fold and write a batch',
    labelNames,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  }),
  makeCounterProvider({
    name: FAILURES,
    help: 'Steps that failed: UNAVAILABLE is tried again for ever, EVENT a few times, SKIPPED was given up',
    labelNames: ['projection', 'kind'],
  }),
  makeGaugeProvider({ name: PARKED, help: 'Events set aside in projection_dead_letters', labelNames: ['reason'] }),
  makeCounterProvider({ name: PARKED_TOTAL, help: 'Events that failed and were set aside by this process' }),
  makeGaugeProvider({ name: LANES, help: 'Lanes of the log that this process folds' }),
  makeCounterProvider({ name: REBUILD_EVENTS, help: 'Events folded into a version that is not live' }),
  makeGaugeProvider({
    name: TIMESCALE,
    help: '1 where the read models are TimescaleDB hypertables, 0 where plain tables',
  }),
];

export type ProjectionName = 'read-models' | 'cache' | 'rebuild' | 'aggregates';
export type FailureKind = 'UNAVAILABLE' | 'EVENT' | 'SKIPPED';

@Injectable()
export class ProjectorMetrics {
  constructor(
    @InjectMetric(POSITION) private readonly position: Gauge,
    @InjectMetric(LAG_EVENTS) private readonly lagEvents: Gauge,
    @InjectMetric(LAG_SECONDS) private readonly lagSeconds: Gauge,
    @InjectMetric(EVENTS) private readonly events: Counter,
    @InjectMetric(BATCH_SECONDS) private readonly batchSeconds: Histogram,
    @InjectMetric(FAILURES) private readonly failures: Counter,
    @InjectMetric(PARKED) private readonly parked: Gauge,
    @InjectMetric(PARKED_TOTAL) private readonly parkedTotal: Counter,
    @InjectMetric(LANES) private readonly laneCount: Gauge,
    @InjectMetric(REBUILD_EVENTS) private readonly rebuildEvents: Counter,
    @InjectMetric(TIMESCALE) private readonly timescale: Gauge,
  ) {}

  applied(projection: ProjectionName, events: number, milliseconds: number): void {
    this.events.inc({ projection }, events);
    this.batchSeconds.observe({ projection }, milliseconds / 1000);
  }

  /** @param newestAppliedAt RFC 3339; null where nothing is missing */
  stands(projection: ProjectionName, at: bigint, end: bigint, newestAppliedAt: string | null): void {
    this.position.set({ projection }, Number(at));
    this.lagEvents.set({ projection }, Math.max(0, Number(end - at)));
    const age = newestAppliedAt === null || end <= at ? 0 : (Date.now() - Date.parse(newestAppliedAt)) / 1000;
    this.lagSeconds.set({ projection }, Math.max(0, age));
  }

  failed(projection: ProjectionName, kind: FailureKind): void {
    this.failures.inc({ projection, kind });
  }

  deadLetters(counts: Readonly<Record<'FAILED' | 'HELD', number>>): void {
    for (const reason of ['FAILED', 'HELD'] as const) this.parked.set({ reason }, counts[reason]);
  }

  parkedOne(): void {
    this.parkedTotal.inc();
  }

  lanes(count: number): void {
    this.laneCount.set(count);
  }

  rebuilt(events: number): void {
    this.rebuildEvents.inc(events);
  }

  storage(timescale: boolean): void {
    this.timescale.set(timescale ? 1 : 0);
  }
}
