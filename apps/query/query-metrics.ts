import { Injectable, type Provider } from '@nestjs/common';
import {
  InjectMetric,
  makeCounterProvider,
  makeGaugeProvider,
  makeHistogramProvider,
} from '@willsoto/nestjs-prometheus';
import { Counter, Gauge, Histogram } from 'prom-client';

const READS = 'query_cached_reads_total';
const STREAMS = 'query_stream_clients';
const WAITS = 'query_position_wait_seconds';

export const queryMetricProviders: readonly Provider[] = [
  makeCounterProvider({
    name: READS,
    help: 'Reads of cached models: HIT from the cache, the others from the database because the key was not there (MISS), the cache did not hold the position asked for (BEHIND) or did not answer (UNREACHABLE)',
    labelNames: ['model', 'outcome'],
  }),
  makeGaugeProvider({ name: STREAMS, help: 'Clients that GET /stream is open for' }),
  makeHistogramProvider({
    name: WAITS,
    help: 'Time a query waited for the position it named',
    labelNames: ['reached'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  }),
];

export type CachedReadOutcome = 'HIT' | 'MISS' | 'BEHIND' | 'UNREACHABLE';

@Injectable()
export class QueryMetrics {
  constructor(
    @InjectMetric(READS) private readonly reads: Counter,
    @InjectMetric(WAITS) private readonly waits: Histogram,
    @InjectMetric(STREAMS) private readonly streams: Gauge,
  ) {}

  read(model: string, outcome: CachedReadOutcome): void {
    this.reads.inc({ model, outcome });
  }

  streamClients(count: number): void {
    this.streams.set(count);
  }

  waited(reached: boolean, milliseconds: number): void {
    this.waits.observe({ reached: String(reached) }, milliseconds / 1000);
  }
}
