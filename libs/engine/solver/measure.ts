import { slopes, factorDual, termPrices, limitExcesses, type DualPoint, type Proximal } from './dual.js';
import { inOneShape, INVESTED_MAX, RISK, type Kinks, type PreparedProblem } from './prepared-problem.js';
import { newResponse, respond } from './separable.js';

export const noProximal = (p: PreparedProblem): Proximal => ({
  weight: 0,
  center: p.initial,
  exposures: new Float64Array(p.k),
});

/** The objective of the prepared problem at weights with trades x, to be maximised. */
export function utilityOf(p: PreparedProblem, w: Float64Array, x: Float64Array, factorExposures: Float64Array): number {
  let cost = 0;
  for (let i = 0; i < p.n; i += 1) {
    const active = w[i]! - p.reference[i]!;
    cost += (p.curvature[i]! / 2) * active * active - p.alpha[i]! * x[i]! + tradeCost(p, i, x[i]!);
  }
  let squares = 0;
  for (let j = 0; j < p.k; j += 1) {
    const active = factorExposures[j]! - p.target[j]!;
    squares += active * active;
  }
  return -cost - (p.gamma / 2) * squares;
}

function tradeCost(p: PreparedProblem, i: number, x: number): number {
  if (x === 0) return 0;
  const size = Math.abs(x);
  const linear = x > 0 ? p.buyCost[i]! : p.sellCost[i]!;
  return linear * size + p.impact[i]! * size * Math.sqrt(size) + kinkCost(p.kinks[i], x);
}

function kinkCost(kinks: Kinks | undefined, x: number): number {
  let sum = 0;
  if (kinks === undefined) return sum;
  for (const { distance, jump } of x > 0 ? kinks.buy : kinks.sell) {
    if (Math.abs(x) > distance) sum += jump * (Math.abs(x) - distance);
  }
  return sum;
}

/**
 * An upper bound on the utility of all weights that keep the limits, from prices and the exposures v at which the
 * factor variance is linearised: minus the dual function of the problem without a proximal term. Where limits have
 * finite caps the bound is on utility less the price of their excesses.
 */
export function utilityBoundOf(p: PreparedProblem, prices: Float64Array, v: Float64Array): number {
  const none = noProximal(p);
  const point: DualPoint = { factors: factorDual(p, prices, none, v), prices };
  const q = new Float64Array(p.n);
  slopes(p, point, q);
  const { w, x } = respondAt(p, q, prices);
  const risk = prices[RISK]!;
  const paid = prices[INVESTED_MAX]!;
  const charges = termPrices(prices, 0);
  let least = 0;
  for (let i = 0; i < p.n; i += 1) {
    const weight = w[i]!;
    const size = Math.abs(x[i]!);
    const active = weight - p.reference[i]!;
    least += q[i]! * weight - p.alpha[i]! * x[i]! + tradeCost(p, i, x[i]!) + charges.turnover * size;
    least += (p.curvature[i]! / 2) * active * active + (risk / 2) * p.specific[i]! * weight * weight;
    least += charges.gross * Math.abs(weight);
    if (paid > 0) least += paid * (p.paidLinear[i]! + p.paidImpact[i]! * Math.sqrt(size)) * size;
  }
  for (let j = 0; j < p.k; j += 1) {
    least += (p.gamma / 2) * p.target[j]! * p.target[j]! - ((p.gamma + risk) / 2) * v[j]! * v[j]!;
  }
  for (let j = 0; j < prices.length; j += 1) least -= prices[j]! * p.bounds[j]!;
  return -least;
}

function respondAt(p: PreparedProblem, q: Float64Array, prices: Float64Array) {
  const out = newResponse(p.n);
  respond(p, q, termPrices(prices, 0), p.initial, 0, out, p.everyone, p.n);
  return out;
}

/** How far weights are beyond the hard limits, in weight (volatility: standard deviation), and what soft ones cost. */
export function violationOf(
  p: PreparedProblem,
  w: Float64Array,
  x: Float64Array,
  factorExposures: Float64Array,
): { readonly worst: number; readonly penalty: number } {
  const excess = new Float64Array(p.caps.length);
  limitExcesses(p, { w, x }, factorExposures, excess);
  let [worst, penalty] = [0, 0];
  for (let j = 0; j < excess.length; j += 1) {
    const cap = p.caps[j]!;
    if (cap === 0 || excess[j]! <= 0) continue;
    if (cap < Infinity) penalty += cap * excess[j]!;
    else worst = Math.max(worst, j === RISK ? volatilityExcess(p.bounds[RISK]!, excess[j]!) : excess[j]!);
  }
  return { worst, penalty };
}

/** The excess of the volatility itself from that of half the variance. */
export function volatilityExcess(bound: number, excess: number): number {
  return Math.sqrt(2 * (bound + excess)) - Math.sqrt(2 * bound);
}

/** The same problem with no objective, whose dual function is positive where prices prove infeasibility. */
export function withoutObjective(p: PreparedProblem): PreparedProblem {
  const zeros = new Float64Array(p.n);
  return inOneShape({
    ...p,
    gamma: 0,
    target: new Float64Array(p.k),
    alpha: zeros,
    curvature: zeros,
    baseSlope: zeros,
    buyCost: zeros,
    sellCost: zeros,
    impact: zeros,
    kinks: new Array<Kinks | undefined>(p.n).fill(undefined),
  });
}

/** The least sum of prices times excesses that any weights in their boxes have; positive proves infeasibility. */
export function farkasValue(bare: PreparedProblem, prices: Float64Array, v: Float64Array): number {
  return -utilityBoundOf(bare, prices, v);
}
