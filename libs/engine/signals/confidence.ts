import type { LearnedState, Parameters, Regime, Signal } from '../input.js';
import { exp2 } from '../numerics/index.js';

const PRIOR_RELIABILITY = 0.5;
const MAX_KAPPA = 0.99;
const DEFAULT_HORIZON_DAYS = 5;
const DAY_MS = 86_400_000;
const NOTHING: Readonly<Record<string, number>> = {};

/** h_s, trading days */
export function horizonOf(signal: Signal): number {
  return signal.horizonDays ?? DEFAULT_HORIZON_DAYS;
}

/** H: the signal's own, else what was learned of its source, else half the horizon */
export function halfLifeOf(signal: Signal, learned: LearnedState): number {
  return signal.halfLifeDays ?? entry(learned.halfLifeDays ?? NOTHING, signal.source) ?? horizonOf(signal) / 2;
}

/**
 * Age in days of 24 hours, weekends included, and set against half-lives as it is: a signal does not stay fresh over a
 * weekend in which the world went on. Never negative.
 */
export function ageDays(signal: Signal, asOf: number): number {
  return Math.max(0, (asOf - signal.generatedAt) / DAY_MS);
}

/** Effective confidence kappa = clamp(c r_j m_jg 2^(-age/H), 0, 0.99) (model, section 2). */
export function effectiveConfidence(signal: Signal, asOf: number, learned: LearnedState, regime: Regime): number {
  const reliability = entry(learned.reliability, signal.source) ?? PRIOR_RELIABILITY;
  const multiplier = entry(learned.regimeMultiplier, signal.source)?.[regime] ?? 1;
  const freshness = exp2(-ageDays(signal, asOf) / halfLifeOf(signal, learned));
  return Math.min(Math.max(signal.confidence * reliability * multiplier * freshness, 0), MAX_KAPPA);
}

/**
 * pi, the signal's entry in `priority_weights`: that of its source, else that of `strategy:NAME`, else 1.
 * A zero in either place switches the signal off.
 */
export function priorityWeight(signal: Signal, weights: Parameters['priorityWeights']): number {
  const ofSource = entry(weights, signal.source);
  const ofStrategy = signal.strategy === undefined ? undefined : entry(weights, `strategy:${signal.strategy}`);
  if (ofSource === 0 || ofStrategy === 0) return 0;
  return ofSource ?? ofStrategy ?? 1;
}

/** A record's own entry: names come from outside, and one may be `constructor`. */
function entry<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
