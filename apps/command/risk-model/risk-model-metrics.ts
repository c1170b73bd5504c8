import { Injectable, type Provider } from '@nestjs/common';
import {
  InjectMetric,
  makeCounterProvider,
  makeGaugeProvider,
  makeHistogramProvider,
} from '@willsoto/nestjs-prometheus';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { RiskModelReport } from '#domain';

const BUILDS = 'risk_model_builds_total';
const DURATION = 'risk_model_build_duration_seconds';
const SELF_TEST = 'risk_model_self_test';
const ALARMS = 'risk_model_alarms';
const OUTLIERS = 'risk_model_outliers';

export const riskModelMetricProviders: readonly Provider[] = [
  makeCounterProvider({
    name: BUILDS,
    help: 'Builds by outcome: PUBLISHED, UNCHANGED (what is current came out), NO_BARS, FAILED',
    labelNames: ['outcome'],
  }),
  makeHistogramProvider({
    name: DURATION,
    help: 'Parts of a build: read, build (the self-test included)',
    labelNames: ['part'],
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  }),
  makeGaugeProvider({
    name: SELF_TEST,
    help: 'The last build over the year before: 1 is perfect, 0 for qlike_excess',
    labelNames: ['figure'],
  }),
  makeGaugeProvider({
    name: ALARMS,
    help: 'Figures of the last self-test outside of their bounds: above 0 is an alarm',
  }),
  makeGaugeProvider({ name: OUTLIERS, help: 'Closes that the last build did not trust' }),
];

export type BuildOutcome = 'PUBLISHED' | 'UNCHANGED' | 'NO_BARS' | 'FAILED';

@Injectable()
export class RiskModelMetrics {
  constructor(
    @InjectMetric(BUILDS) private readonly builds: Counter,
    @InjectMetric(DURATION) private readonly duration: Histogram,
    @InjectMetric(SELF_TEST) private readonly selfTest: Gauge,
    @InjectMetric(ALARMS) private readonly alarms: Gauge,
    @InjectMetric(OUTLIERS) private readonly outliers: Gauge,
  ) {}

  ended(outcome: BuildOutcome): void {
    this.builds.inc({ outcome });
  }

  took(part: 'read' | 'build', milliseconds: number): void {
    this.duration.observe({ part }, milliseconds / 1000);
  }

  built({ preparation, self_test: test }: RiskModelReport): void {
    this.outliers.set(preparation.counts.outliers);
    this.alarms.set(test?.alarms.length ?? 0);
    if (test === null) return this.selfTest.reset();
    this.selfTest.set({ figure: 'bias_equal_weight' }, test.bias.equal_weight);
    this.selfTest.set({ figure: 'bias_random_long' }, test.bias.random_long);
    this.selfTest.set({ figure: 'bias_random_long_short' }, test.bias.random_long_short);
    this.selfTest.set({ figure: 'mahalanobis' }, test.mahalanobis);
    this.selfTest.set({ figure: 'qlike_excess' }, test.qlike.model - test.qlike.reference);
  }
}
