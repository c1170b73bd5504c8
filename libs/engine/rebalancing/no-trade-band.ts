import type { Evidence } from '../explain/index.js';
import { LIMIT_TOLERANCE } from '../optimisation/limits.js';

/** The weights between which trading an instrument costs more than it brings, fractions of NAV. */
export interface NoTradeBand {
  readonly lower: number;
  readonly upper: number;
}

/**
 * The no-trade band of instrument i, all other weights being what they are in the answer. At a weight v the first unit
 * traded brings G(v), the slope of the utility without the costs of trading, at the prices of the limits; it is linear in v:
 * G(v) = G(w) - curvature (v - w). Buying pays where G(v) exceeds what a unit bought costs, selling where -G(v) exceeds what
 * a unit sold costs, tax of the first lot included; between the two nothing is traded (Davis and Norman 1990; Donohue and
 * Yip 2003). The tolerance of a request widens it: within that distance of the target nothing is asked for.
 *
 * Null where nothing pulls the weight back, so that there is no band.
 */
export function noTradeBand({ mandate, choice, marginals }: Evidence, i: number): NoTradeBand | null {
  const curvature = marginals.curvature(i) + choice.solution.multipliers.volatility * marginals.ownVariance(i);
  const target = mandate.targets[i] ?? null;
  if (target !== null && target.withinTolerance) return around(target.weight, target.tolerance);
  if (!(curvature > 0)) return null;
  const w = choice.solution.w[i]!;
  const alpha = mandate.alpha[i]!;
  // what the first unit bought (sold) must bring beyond what it is expected to
  const missingBuy = marginals.breakEven(i, 1).total - alpha;
  const missingSell = marginals.breakEven(i, -1).total + alpha;
  const lower = w - missingBuy / curvature;
  const upper = Math.max(lower, w + missingSell / curvature);
  if (target === null || target.weight < lower - LIMIT_TOLERANCE || target.weight > upper + LIMIT_TOLERANCE) {
    return { lower, upper };
  }
  const told = around(target.weight, target.tolerance);
  return { lower: Math.min(lower, told.lower), upper: Math.max(upper, told.upper) };
}

const around = (weight: number, tolerance: number): NoTradeBand => ({
  lower: weight - tolerance,
  upper: weight + tolerance,
});
