import { sum } from '../numerics/index.js';
import { CorrelatedErrors, type ErrorCorrelations } from './correlated-errors.js';
import type { View } from './views.js';

/** One instrument's views made one. */
export interface CombinedView {
  readonly instrument: number;
  /** ascending by signal id */
  readonly views: readonly View[];
  /** of each view; >= 0, sum 1 */
  readonly weights: Float64Array;
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
  const ordered = [...views].sort((a, b) => (a.live.signal.signalId < b.live.signal.signalId ? -1 : 1));
  const errors = new CorrelatedErrors(
    ordered.map((view) => view.live.signal.source),
    learned,
  );
  const scale = Float64Array.from(ordered, (view) => 1 / Math.sqrt(view.omega));
  const weights = new Float64Array(ordered.length);
  let kept = ordered.map((_, s) => s);
  for (;;) {
    // Omega^-1 1 = D^-1/2 R^-1 D^-1/2 1 with D = diag(omega)
    const { u, damped } = errors.solve(kept, scale);
    const precision = u.map((value, k) => value * scale[kept[k]!]!);
    const worst = indexOfSmallest(precision);
    if (precision[worst]! < 0) {
      kept = kept.filter((_, s) => s !== worst);
      continue;
    }
    const total = sum(precision);
    kept.forEach((s, k) => (weights[s] = precision[k]! / total));
    return {
      instrument,
      views: ordered,
      weights,
      q: sum(ordered.map((view, s) => weights[s]! * view.q)),
      variance: 1 / total,
      damped,
    };
  }
}

function indexOfSmallest(values: Float64Array): number {
  let smallest = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! < values[smallest]!) smallest = i;
  return smallest;
}
