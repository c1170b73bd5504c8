import { limitExcesses } from './dual.js';
import { utilityOf } from './measure.js';
import { boxes, groupLists, limitBounds } from './prepare-limits.js';
import { exposuresOf, inOneShape, type Kink, type Kinks, type PreparedProblem } from './prepared-problem.js';
import type { Problem } from './problem.js';
import { semidefiniteCholesky, type SemidefiniteRoot } from './semidefinite-cholesky.js';

/** @param problem a valid problem */
export function prepare(problem: Problem): PreparedProblem {
  const n = problem.instruments.length;
  const { loadings, root, k } = factorLoadings(problem);
  const initial = column(problem.initial, n);
  const reference = problem.reference === undefined ? initial : column(problem.reference, n);
  const specific = column(problem.covariance.specific, n);
  const { buyCost, sellCost, kinks } = linearCosts(problem);
  const { lower, upper } = boxes(problem);
  const p = {
    n,
    everyone: new Int32Array(n),
    k,
    scale: 1,
    loadings,
    root,
    specific,
    gamma: problem.risk_aversion,
    held: 0,
    target: exposuresOf({ loadings, k }, reference),
    initial,
    reference,
    alpha: column(problem.alpha, n),
    curvature: column(problem.tracking, n),
    baseSlope: new Float64Array(n),
    lower,
    upper,
    least: new Float64Array(n),
    most: new Float64Array(n),
    buyCost,
    sellCost,
    impact: column(problem.cost_impact, n),
    paidLinear: column(problem.paid_costs?.linear, n),
    paidImpact: column(problem.paid_costs?.impact, n),
    sign: new Float64Array(n),
    kinks,
    special: new Uint8Array(n),
    ...groupLists(problem, n),
    ...limitBounds(problem),
  };
  for (let i = 0; i < n; i += 1) {
    const w0 = initial[i]!;
    const low = lower[i]!;
    const high = upper[i]!;
    p.everyone[i] = i;
    p.curvature[i]! += p.gamma * specific[i]!;
    p.baseSlope[i] = p.curvature[i]! * (w0 - reference[i]!) - p.alpha[i]!;
    p.least[i] = low - w0;
    p.most[i] = high - w0;
    if (low > w0 || high < w0 || kinks[i] !== undefined) p.special[i] = 1;
    p.sign[i] = low >= 0 ? 1 : high <= 0 ? -1 : 0;
  }
  const scaled = scaledBy(p, objectiveScale(problem, p));
  return inOneShape({ ...scaled, held: heldUtility(scaled) });
}

function heldUtility(p: PreparedProblem): number {
  const exposures = exposuresOf(p, p.initial);
  const held = Math.abs(utilityOf(p, p.initial, new Float64Array(p.n), exposures));
  let variance = 0;
  for (let i = 0; i < p.n; i += 1) variance += p.specific[i]! * p.initial[i]! * p.initial[i]!;
  for (let j = 0; j < p.k; j += 1) variance += exposures[j]! * exposures[j]!;
  return Math.max(held, (0.01 * p.gamma * variance) / 2);
}

/**
 * The same problem with another alpha, in the scale that it has.
 *
 * @param alpha n, in the document's units
 */
export function withAlpha(p: PreparedProblem, values: readonly number[]): PreparedProblem {
  const alpha = new Float64Array(p.n);
  const baseSlope = new Float64Array(p.n);
  for (let i = 0; i < p.n; i += 1) {
    const own = values[i]! / p.scale;
    alpha[i] = own;
    baseSlope[i] = p.curvature[i]! * (p.initial[i]! - p.reference[i]!) - own;
  }
  return inOneShape({ ...p, alpha, baseSlope });
}

function column(values: readonly number[] | undefined, n: number): Float64Array {
  return values === undefined ? new Float64Array(n) : new Float64Array(values);
}

/** Divides the objective of a problem in its own units, in place. */
function scaledBy(p: PreparedProblem, scale: number): PreparedProblem {
  const { alpha, curvature, baseSlope, buyCost, sellCost, impact } = p;
  for (let i = 0; i < p.n; i += 1) {
    alpha[i]! /= scale;
    curvature[i]! /= scale;
    baseSlope[i]! /= scale;
    buyCost[i]! /= scale;
    sellCost[i]! /= scale;
    impact[i]! /= scale;
  }
  const scaled = (list: readonly Kink[]) => list.map(({ distance, jump }) => ({ distance, jump: jump / scale }));
  const kinks = p.kinks.some((own) => own !== undefined)
    ? p.kinks.map((own) => own && { buy: scaled(own.buy), sell: scaled(own.sell) })
    : p.kinks;
  return { ...p, scale, gamma: p.gamma / scale, kinks };
}

/**
 * The loadings times a root of the factor covariance, so that the factors become uncorrelated with unit variance. A
 * problem in which risk plays no part has no factors.
 */
function factorLoadings({ covariance, instruments, risk_aversion, volatility_max }: Problem): {
  loadings: Float64Array;
  root: SemidefiniteRoot | undefined;
  k: number;
} {
  const isRiskless = risk_aversion === 0 && typeof volatility_max !== 'number';
  const k = isRiskless ? 0 : (covariance.loadings[0]?.length ?? 0);
  const root = isRiskless || covariance.factor === undefined ? undefined : semidefiniteCholesky(covariance.factor);
  const loadings = new Float64Array(instruments.length * k);
  const entries = root === undefined ? undefined : nonzeroEntries(root);
  for (let i = 0, at = 0; i < instruments.length; i += 1, at += k) {
    const row = covariance.loadings[i]!;
    if (entries === undefined) for (let m = 0; m < k; m += 1) loadings[at + m] = row[m]!;
    else addProduct(loadings, at, row, entries);
  }
  return { loadings, root, k };
}

interface SparseEntries {
  readonly rows: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
}

/** Factor covariances are mostly diagonal, and their roots sparse. */
function nonzeroEntries({ k, root }: SemidefiniteRoot): SparseEntries {
  const places: number[] = [];
  for (let at = 0; at < k * k; at += 1) if (root[at] !== 0) places.push(at);
  return {
    rows: Int32Array.from(places, (at) => (at - (at % k)) / k),
    columns: Int32Array.from(places, (at) => at % k),
    values: Float64Array.from(places, (at) => root[at]!),
  };
}

/** The row of the loadings that begins at `at` += row times the root. */
function addProduct(
  loadings: Float64Array,
  at: number,
  row: readonly number[],
  { rows, columns, values }: SparseEntries,
): void {
  for (let e = 0; e < values.length; e += 1) loadings[at + columns[e]!]! += row[rows[e]!]! * values[e]!;
}

/**
 * The largest derivative of the objective at w0; where it is flat there, or trading is forced by a limit that w0
 * breaks, the size of its costs and risks counts too.
 */
function objectiveScale(problem: Problem, p: PreparedProblem): number {
  const { n, k, loadings, gamma } = p;
  const exposures = exposuresOf(p, p.initial);
  const pull = exposures.map((exposure, j) => gamma * (exposure - p.target[j]!));
  let steepest = 0;
  for (let i = 0, at = 0; i < n; i += 1) {
    let slope = p.baseSlope[i]!;
    for (let j = 0; j < k; j += 1, at += 1) slope += loadings[at]! * pull[j]!;
    steepest = Math.max(steepest, Math.abs(slope));
  }
  if (steepest > 0 && !breaksLimit(problem, p, exposures)) return steepest;
  let other = 0;
  for (let i = 0, at = 0; i < n; i += 1) {
    let factorVariance = 0;
    for (let j = 0; j < k; j += 1, at += 1) factorVariance += loadings[at]! * loadings[at]!;
    const risk = (p.curvature[i]! + gamma * factorVariance) * 0.1;
    other = Math.max(other, risk, problem.cost_linear?.[i] ?? 0, (problem.cost_impact?.[i] ?? 0) * 0.1);
  }
  const scale = Math.max(steepest, other);
  return scale > 0 ? scale : 1;
}

/** Whether w0 breaks a limit. */
function breaksLimit(problem: Problem, p: PreparedProblem, exposures: Float64Array): boolean {
  for (let i = 0; i < p.n; i += 1) {
    const w0 = p.initial[i]!;
    if (w0 < problem.lower[i]! || w0 > problem.upper[i]!) return true;
  }
  const excess = new Float64Array(p.caps.length);
  limitExcesses(p, { w: p.initial, x: new Float64Array(p.n) }, exposures, excess);
  return excess.some((value, j) => value > 0 && p.caps[j]! > 0);
}

/** Slopes of buying and selling at w0 with the first rate of tax, and the rates after it as kinks. */
function linearCosts(problem: Problem) {
  const n = problem.instruments.length;
  const buyCost = column(problem.cost_linear, n);
  const sellCost = buyCost.slice();
  const kinks = new Array<Kinks | undefined>(n).fill(undefined);
  const taxes = problem.tax ?? [];
  const index =
    taxes.length === 0 ? new Map<string, number>() : new Map(problem.instruments.map((name, i) => [name, i]));
  for (const { instrument, pieces } of taxes) {
    const i = index.get(instrument)!;
    sellCost[i]! += pieces[0]?.rate ?? 0;
    const steps: Kink[] = [];
    for (let piece = 1; piece < pieces.length; piece += 1) {
      const jump = pieces[piece]!.rate - pieces[piece - 1]!.rate;
      if (jump > 0) steps.push({ distance: pieces[piece - 1]!.up_to, jump });
    }
    if (steps.length > 0) kinks[i] = { buy: [], sell: steps };
  }
  return { buyCost, sellCost, kinks };
}
