import { Injectable, type Provider } from '@nestjs/common';
import {
  InjectMetric,
  makeCounterProvider,
  makeGaugeProvider,
  makeHistogramProvider,
} from '@willsoto/nestjs-prometheus';
import { Counter, Gauge, Histogram } from 'prom-client';

const DURATION = 'learning_duration_seconds';
const OBSERVATIONS = 'learning_observations';
const JUDGED = 'learning_judged_total';
const FAILURES = 'learning_failures_total';

export const learningMetricProviders: readonly Provider[] = [
  makeHistogramProvider({
    name: DURATION,
    help: 'A run of learning: gathering, learning, judging',
    buckets: [0.1, 0.5, 1, 5, 10, 30, 60, 300],
  }),
  makeGaugeProvider({ name: OBSERVATIONS, help: 'Measured signals that the last run of this process learned from' }),
  makeCounterProvider({ name: JUDGED, help: 'Looks at challengers, by verdict', labelNames: ['verdict'] }),
  makeCounterProvider({ name: FAILURES, help: 'Runs of learning that failed; each is tried again' }),
];

@Injectable()
export class LearningMetrics {
  constructor(
    @InjectMetric(DURATION) private readonly duration: Histogram,
    @InjectMetric(OBSERVATIONS) private readonly observations: Gauge,
    @InjectMetric(JUDGED) private readonly looks: Counter,
    @InjectMetric(FAILURES) private readonly failures: Counter,
  ) {}

  ran(seconds: number, observations: number): void {
    this.duration.observe(seconds);
    this.observations.set(observations);
  }

  judged(verdict: 'PROMOTE' | 'KEEP' | 'TOO_EARLY'): void {
    this.looks.inc({ verdict });
  }

  failed(): void {
    this.failures.inc();
  }
}
