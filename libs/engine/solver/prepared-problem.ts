import type { SemidefiniteRoot } from './semidefinite-cholesky.js';

/** Positions of the limits' prices in the vector of multipliers; the groups follow from `GROUPS` on. */
export const INVESTED_MAX = 0;
export const INVESTED_MIN = 1;
export const TURNOVER = 2;
export const RISK = 3;
export const GROSS = 4;
export const GROUPS = 5;

/**
 * A problem laid out for the solver, as a minimisation, its objective divided by `scale` so that a typical derivative
 * is about one. Arrays have one entry an instrument unless said otherwise.
 */
export interface PreparedProblem {
  readonly n: number;
  /** 0 .. n-1 */
  readonly everyone: Int32Array;
  readonly k: number;
  readonly scale: number;
  /** n x k row-major, B with S = B B' + diag(specific) */
  readonly loadings: Float64Array;
  /** of the factor covariance, with B = L root; undefined where that is the identity */
  readonly root: SemidefiniteRoot | undefined;
  readonly specific: Float64Array;
  readonly gamma: number;
  /** the larger of |utility of w0| and one per cent of its risk: what gaps are relative to at least */
  readonly held: number;
  /** B'b, k */
  readonly target: Float64Array;
  readonly initial: Float64Array;
  readonly reference: Float64Array;
  readonly alpha: Float64Array;
  /** gamma specific + tracking: the curvature of the objective's own separable part */
  readonly curvature: Float64Array;
  /** curvature (w0 - b) - alpha: the slope of the objective's separable part at w0, without costs */
  readonly baseSlope: Float64Array;
  /** the box of the trade x = w - w0; a fixed instrument has [0, 0] */
  readonly least: Float64Array;
  readonly most: Float64Array;
  /** the box of w, for weights that sit on it exactly */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** slopes of the linear cost and of the first rate of tax */
  readonly buyCost: Float64Array;
  readonly sellCost: Float64Array;
  readonly impact: Float64Array;
  readonly paidLinear: Float64Array;
  readonly paidImpact: Float64Array;
  /** 1 or -1 where the box leaves the sign of w no choice, 0 where |w| has its kink inside */
  readonly sign: Float64Array;
  /** further kinks of an instrument's term; undefined for most */
  readonly kinks: readonly (Kinks | undefined)[];
  /** 1 where an instrument has further kinks, or a box without a trade of zero */
  readonly special: Uint8Array;
  /** the groups of instrument i are groupOf[groupStart[i] .. groupStart[i+1]) */
  readonly groupStart: Int32Array;
  readonly groupOf: Int32Array;
  /** one a multiplier: the limit's bound; INVESTED_MIN negated, RISK half the variance */
  readonly bounds: Float64Array;
  /** one a multiplier: 0 where the limit does not exist, Infinity where it is hard, else the price of exceeding it */
  readonly caps: Float64Array;
}

/**
 * The same problem as an object of the one hidden class that all of them are of. The innermost loops read its fields, and
 * a JavaScript engine reads the fields of objects that come in many shapes far more slowly; every spread makes one.
 */
export function inOneShape(p: PreparedProblem): PreparedProblem {
  return {
    n: p.n,
    everyone: p.everyone,
    k: p.k,
    scale: p.scale,
    loadings: p.loadings,
    root: p.root,
    specific: p.specific,
    gamma: p.gamma,
    held: p.held,
    target: p.target,
    initial: p.initial,
    reference: p.reference,
    alpha: p.alpha,
    curvature: p.curvature,
    baseSlope: p.baseSlope,
    least: p.least,
    most: p.most,
    lower: p.lower,
    upper: p.upper,
    buyCost: p.buyCost,
    sellCost: p.sellCost,
    impact: p.impact,
    paidLinear: p.paidLinear,
    paidImpact: p.paidImpact,
    sign: p.sign,
    kinks: p.kinks,
    special: p.special,
    groupStart: p.groupStart,
    groupOf: p.groupOf,
    bounds: p.bounds,
    caps: p.caps,
  };
}

/** Convex kinks by their distance from w0, for trades in either direction. */
export interface Kinks {
  readonly buy: readonly Kink[];
  readonly sell: readonly Kink[];
}

/** Beyond `distance` the slope is steeper by `jump`. */
export interface Kink {
  readonly distance: number;
  readonly jump: number;
}

/** B'w, k */
export function exposuresOf({ loadings, k }: Pick<PreparedProblem, 'loadings' | 'k'>, w: Float64Array): Float64Array {
  const sums = new Float64Array(k);
  addExposures(loadings, k, w, sums);
  return sums;
}

/** sums += B'w */
export function addExposures(loadings: Float64Array, k: number, w: Float64Array, sums: Float64Array): void {
  for (let i = 0, at = 0; i < w.length; i += 1, at += k) {
    const weight = w[i]!;
    if (weight !== 0) for (let j = 0; j < k; j += 1) sums[j]! += loadings[at + j]! * weight;
  }
}
