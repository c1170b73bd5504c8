import { Injectable, type Provider } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import { Counter, Histogram } from 'prom-client';
import type { CoordinationOutcome, RejectionReason, SolveDiagnostics } from '#domain';

const COORDINATIONS = 'coordination_coordinations_total';
const DECISIONS = 'coordination_decisions_total';
const REJECTED_SIGNALS = 'coordination_rejected_signals_total';
const REFUSALS = 'coordination_refusals_total';
const DURATION = 'coordination_duration_seconds';
const ITERATIONS = 'coordination_solver_iterations';
const QUALITY = 'coordination_quality';
const GAP = 'coordination_optimality_gap_bps';
const CONFLICTS = 'coordination_portfolio_conflicts_total';
const FALLBACKS = 'coordination_solver_fallbacks_total';

/** Providers of the metrics of the command side; for the module that provides CoordinationMetrics. */
export const coordinationMetricProviders: readonly Provider[] = [
  makeCounterProvider({ name: COORDINATIONS, help: 'Stored coordinations by status', labelNames: ['status'] }),
  makeCounterProvider({ name: DECISIONS, help: 'Decisions by action', labelNames: ['action'] }),
  makeCounterProvider({ name: REJECTED_SIGNALS, help: 'Signals not followed, by reason', labelNames: ['reason_code'] }),
  makeCounterProvider({
    name: REFUSALS,
    help: 'Whole requests refused by the domain, by reason',
    labelNames: ['code'],
  }),
  makeHistogramProvider({
    name: DURATION,
    help: 'Parts of a coordination: turn (waiting for the portfolio), gather, decide, append, total',
    labelNames: ['part'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5],
  }),
  makeHistogramProvider({
    name: ITERATIONS,
    help: 'Iterations of the optimiser',
    labelNames: ['solver'],
    buckets: [2, 5, 10, 15, 20, 30, 50, 100, 200],
  }),
  makeHistogramProvider({
    name: QUALITY,
    help: 'Quality of stored coordinations, 0 to 1: how much of the signals’ view reaches the portfolio',
    buckets: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
  }),
  makeHistogramProvider({
    name: GAP,
    help: 'Certified distance of the whole-lot answer from the optimum, basis points of NAV',
    buckets: [1e-6, 1e-4, 1e-3, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5],
  }),
  makeCounterProvider({
    name: FALLBACKS,
    help: 'Answers that the own solver could not certify, by the solver that stood in',
    labelNames: ['solver'],
  }),
  makeCounterProvider({
    name: CONFLICTS,
    help: 'Decisions on a stored portfolio that had changed meanwhile: decided again (RETRIED) or sent away (GIVEN_UP)',
    labelNames: ['outcome'],
  }),
];

export type CoordinationPart = 'turn' | 'gather' | 'decide' | 'append' | 'total';

@Injectable()
export class CoordinationMetrics {
  constructor(
    @InjectMetric(COORDINATIONS) private readonly coordinations: Counter,
    @InjectMetric(DECISIONS) private readonly decisions: Counter,
    @InjectMetric(REJECTED_SIGNALS) private readonly rejectedSignals: Counter,
    @InjectMetric(REFUSALS) private readonly refusals: Counter,
    @InjectMetric(DURATION) private readonly duration: Histogram,
    @InjectMetric(ITERATIONS) private readonly iterations: Histogram,
    @InjectMetric(QUALITY) private readonly quality: Histogram,
    @InjectMetric(GAP) private readonly gap: Histogram,
    @InjectMetric(FALLBACKS) private readonly fallbacks: Counter,
    @InjectMetric(CONFLICTS) private readonly conflicts: Counter,
  ) {}

  stored(outcome: CoordinationOutcome): void {
    this.coordinations.inc({ status: outcome.status });
    for (const decision of outcome.decisions) this.decisions.inc({ action: decision.action });
    for (const rejected of outcome.rejected_signals) this.rejectedSignals.inc({ reason_code: rejected.reason_code });
    this.quality.observe(outcome.coordination_summary.coordination_quality);
    this.gap.observe(outcome.optimality_gap_bps);
  }

  solved({ solver, iterations, fallback }: SolveDiagnostics): void {
    this.iterations.observe({ solver }, iterations);
    if (fallback) this.fallbacks.inc({ solver });
  }

  refused(code: RejectionReason): void {
    this.refusals.inc({ code });
  }

  conflicted(outcome: 'RETRIED' | 'GIVEN_UP'): void {
    this.conflicts.inc({ outcome });
  }

  took(part: CoordinationPart, milliseconds: number): void {
    this.duration.observe({ part }, milliseconds / 1000);
  }
}
