import { sum } from '../numerics/index.js';
import { CorrelatedErrors, type ErrorCorrelations } from './correlated-errors.js';
import type { View } from './views.js';

/** One instrument's views made one. */
export interface CombinedView {
  readonly instrument: number;
  /** ascending by signal id */
  readonly views: readonly View[];
  /** of each view; >= 0, sum 1 */
  readonly weights: readonly number[];
  /** qbar */
  readonly q: number;
  /** obar */
  readonly variance: number;
  /** whether the learned error correlations had to be drawn toward the prior to fit together */
  readonly damped: boolean;
}

/**
 * Best linear combination of correlated views on one instrument (Bates and Granger 1969; generalised least squares):
 * error covariance Omega_st = rho_st sqrt(omega_s omega_t), weights proportional to Omega^-1 1, the most negative
 * dropped and the rest solved again until none is negative. qbar = sum w q, obar = w' Omega w = 1 / (1' Omega^-1 1).
 *
 * @param views at least one; any order, for they are put into the order of their signal ids first
 */
export function combineViews(instrument: number, views: readonly View[], learned: ErrorCorrelations): CombinedView {
  if (views.length === 1) return alone(instrument, views[0]!);
  const ordered = [...views].sort((a, b) => (a.live.signal.signalId < b.live.signal.signalId ? -1 : 1));
  const errors = new CorrelatedErrors(
    ordered.map((view) => view.live.signal.source),
    learned,
  );
  // Omega^-1 1 = D^-1/2 R^-1 D^-1/2 1 with D = diag(omega)
  const scale = ordered.map((view) => 1 / Math.sqrt(view.omega));
  const u = ordered.map(() => 0);
  const kept = ordered.map((_, s) => s);
  for (;;) {
    const damped = errors.solve(kept, scale, u);
    const worst = mostNegative(kept, u, scale);
    if (worst >= 0) {
      kept.splice(worst, 1);
      continue;
    }
    const precision = kept.map((s) => u[s]! * scale[s]!);
    const total = sum(precision);
    const weights = ordered.map(() => 0);
    kept.forEach((s, at) => (weights[s] = precision[at]! / total));
    const q = sum(ordered.map((view, s) => weights[s]! * view.q));
    return { instrument, views: ordered, weights, q, variance: 1 / total, damped };
  }
}

function alone(instrument: number, view: View): CombinedView {
  return { instrument, views: [view], weights: [1], q: view.q, variance: view.omega, damped: false };
}

/** Place in `kept` of the smallest weight where that is negative, else -1. */
function mostNegative(kept: readonly number[], u: readonly number[], scale: readonly number[]): number {
  let smallest = 0;
  let place = -1;
  for (let at = 0; at < kept.length; at++) {
    const weight = u[kept[at]!]! * scale[kept[at]!]!;
    if (weight < smallest) {
      smallest = weight;
      place = at;
    }
  }
  return place;
}
