import type { Problem } from '../solver/problem.js';

/** The objective of a problem at some weights, term by term, each as it enters the sum (costs are negative). */
export interface Utility {
  readonly alpha: number;
  readonly risk: number;
  readonly tracking: number;
  readonly cost_linear: number;
  readonly cost_impact: number;
  readonly tax: number;
  readonly total: number;
}

/**
 * The utility of the weights w, computed from the document alone.
 *
 * @param w n weights, fractions of NAV
 */
export function evaluateUtility(problem: Problem, w: readonly number[]): Utility {
  const { alpha, initial, reference = initial } = problem;
  let [gain, tracking, linear, impact] = [0, 0, 0, 0];
  for (let i = 0; i < w.length; i += 1) {
    const traded = w[i]! - initial[i]!;
    const active = w[i]! - reference[i]!;
    const size = Math.abs(traded);
    gain += alpha[i]! * traded;
    tracking -= ((problem.tracking?.[i] ?? 0) / 2) * active * active;
    linear -= (problem.cost_linear?.[i] ?? 0) * size;
    impact -= (problem.cost_impact?.[i] ?? 0) * size * Math.sqrt(size);
  }
  const active = w.map((weight, i) => weight - reference[i]!);
  const risk = -(problem.risk_aversion / 2) * variance(problem, active);
  const tax = -totalTax(problem, w);
  const total = gain + risk + tracking + linear + impact + tax;
  return { alpha: gain, risk, tracking, cost_linear: linear, cost_impact: impact, tax, total };
}

/** w'Sw over the horizon. */
export function variance(problem: Problem, w: readonly number[]): number {
  const exposures = factorExposures(problem, w);
  let sum = quadraticForm(problem.covariance.factor, exposures, exposures);
  for (let i = 0; i < w.length; i += 1) sum += problem.covariance.specific[i]! * w[i]! * w[i]!;
  return sum;
}

/** L'w, one a factor. */
export function factorExposures(problem: Problem, w: readonly number[]): number[] {
  const { loadings } = problem.covariance;
  const exposures = new Array<number>(loadings[0]?.length ?? 0).fill(0);
  for (let i = 0; i < w.length; i += 1) {
    const row = loadings[i]!;
    for (let j = 0; j < exposures.length; j += 1) exposures[j]! += row[j]! * w[i]!;
  }
  return exposures;
}

/** u'Fv, with F the identity where it is absent. */
export function quadraticForm(
  factor: Problem['covariance']['factor'],
  u: readonly number[],
  v: readonly number[],
): number {
  let sum = 0;
  for (let i = 0; i < u.length; i += 1) {
    if (factor === undefined) sum += u[i]! * v[i]!;
    else for (let j = 0; j < v.length; j += 1) sum += u[i]! * factor[i]![j]! * v[j]!;
  }
  return sum;
}

function totalTax(problem: Problem, w: readonly number[]): number {
  let sum = 0;
  for (const { instrument, pieces } of problem.tax ?? []) {
    const i = problem.instruments.indexOf(instrument);
    sum += taxOf(pieces, problem.initial[i]! - w[i]!);
  }
  return sum;
}

/** The tax on selling `sold` units of weight; the last rate goes on beyond its `up_to`. */
export function taxOf(pieces: readonly { readonly up_to: number; readonly rate: number }[], sold: number): number {
  let [sum, from] = [0, 0];
  for (let p = 0; p < pieces.length && sold > from; p += 1) {
    const to = p === pieces.length - 1 ? sold : Math.min(sold, pieces[p]!.up_to);
    sum += pieces[p]!.rate * (to - from);
    from = to;
  }
  return sum;
}
