import { sum } from '../numerics/index.js';
import { CorrelatedErrors, type ErrorCorrelations } from './correlated-errors.js';
import type { View } from './views.js';

/** Several views of one instrument made one. */
export interface Combination {
  /** of each view; >= 0, sum 1 */
  readonly weights: readonly number[];
  /** qbar */
  readonly q: number;
  /** obar */
  readonly variance: number;
  /** whether the learned error correlations had to be drawn toward the prior to fit together */
  readonly damped: boolean;
}

/** One instrument's views made one. */
export interface CombinedView extends Combination {
  readonly instrument: number;
  /** ascending by signal id */
  readonly views: readonly View[];
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
  const combiner = new Combiner(
    ordered.map(({ live }) => live.signal.source),
    ordered.map(({ q }) => q),
    learned,
  );
  return { instrument, views: ordered, ...combiner.combine(ordered.map(({ omega }) => omega)) };
}

/** Combines the same views with any error variances. */
export class Combiner {
  private readonly errors: CorrelatedErrors | undefined;

  /**
   * @param sources of the views, at least one
   * @param q of the views
   */
  constructor(
    sources: readonly string[],
    private readonly q: readonly number[],
    learned: ErrorCorrelations,
  ) {
    this.errors = sources.length > 1 ? new CorrelatedErrors(sources, learned) : undefined;
  }

  /** @param omega error variances of the views */
  combine(omega: readonly number[]): Combination {
    if (this.errors === undefined) return { weights: [1], q: this.q[0]!, variance: omega[0]!, damped: false };
    // Omega^-1 1 = D^-1/2 R^-1 D^-1/2 1 with D = diag(omega)
    const scale = omega.map((variance) => 1 / Math.sqrt(variance));
    const u = omega.map(() => 0);
    const kept = omega.map((_, s) => s);
    let damped = this.errors.solve(kept, scale, u);
    for (let worst = mostNegative(kept, u, scale); worst >= 0; worst = mostNegative(kept, u, scale)) {
      kept.splice(worst, 1);
      damped = this.errors.solve(kept, scale, u);
    }
    const precision = kept.map((s) => u[s]! * scale[s]!);
    const total = sum(precision);
    const weights = u.fill(0);
    for (let at = 0; at < kept.length; at++) weights[kept[at]!] = precision[at]! / total;
    const q = sum(weights.map((weight, s) => weight * this.q[s]!));
    return { weights, q, variance: 1 / total, damped };
  }
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
