import type { Multipliers, Problem } from '../solver/problem.js';
import { factorExposures, quadraticForm, taxOf } from './utility.js';

/** Limits that single instruments break by no more than this are taken as kept (rounding of the document's numbers). */
const BOX_TOLERANCE = 1e-9;

/**
 * An upper bound on the utility of every feasible portfolio, by weak duality, in O(nk): the limits enter the objective
 * at their multipliers, the factor part of each variance is replaced by its tangent at the exposures v, which lies
 * below it, and what remains is maximised instrument by instrument. The bound holds for any multipliers >= 0 and any
 * v; it is tight where they are optimal (Boyd and Vandenberghe, Convex Optimization, section 5.1).
 *
 * @param w the weights whose exposures serve as v where the multipliers bring none
 */
export function utilityBound(problem: Problem, multipliers: Multipliers, w: readonly number[]): number {
  return -minimalLagrangian(problem, multipliers, exposuresOf(problem, multipliers, w), 1);
}

/**
 * How strongly the multipliers prove that no portfolio keeps all limits: the least weighted sum of excesses that any
 * weights within their bounds can reach, for the weights given by the multipliers. Positive means proved (a Farkas
 * certificate); the unit is that of the multipliers.
 */
export function infeasibilityProof(problem: Problem, multipliers: Multipliers, w: readonly number[]): number {
  return minimalLagrangian(problem, multipliers, exposuresOf(problem, multipliers, w), 0);
}

function exposuresOf(problem: Problem, multipliers: Multipliers, w: readonly number[]): readonly number[] {
  return multipliers.factors ?? factorExposures(problem, w);
}

/** The multipliers as prices of the limits the problem really has, none negative. */
function pricesOf(problem: Problem, multipliers: Multipliers) {
  const limited = (limit: number | null | undefined, price: number) =>
    typeof limit === 'number' ? Math.max(0, price) : 0;
  const min = Math.max(0, multipliers.invested_min ?? -multipliers.invested);
  return {
    investedMin: min,
    investedMax: Math.max(0, multipliers.invested + min),
    groups: (problem.groups ?? []).map((_, g) => Math.max(0, multipliers.groups[g] ?? 0)),
    turnover: limited(problem.turnover_max, multipliers.turnover),
    volatility: limited(problem.volatility_max, multipliers.volatility),
    gross: limited(problem.gross_max, multipliers.gross),
  };
}

/**
 * The least value over the box of: objective * -utility + sum of price * (value of the limit - its bound).
 *
 * @param objective 1 for the utility, 0 to look at the limits alone
 */
function minimalLagrangian(problem: Problem, multipliers: Multipliers, v: readonly number[], objective: 0 | 1): number {
  const { initial, reference = initial, covariance, invested } = problem;
  const price = pricesOf(problem, multipliers);
  const gamma = objective * problem.risk_aversion;
  const rho = price.volatility;
  const target = factorExposures(problem, reference);
  const active = v.map((exposure, j) => exposure - target[j]!);
  const tangent = multiplyFactor(
    covariance.factor,
    v.map((exposure, j) => gamma * active[j]! + rho * exposure),
  );

  let sum = price.investedMin * invested.min - price.investedMax * invested.max;
  sum -= price.turnover * (problem.turnover_max ?? 0) + price.gross * (problem.gross_max ?? 0);
  sum -= (rho / 2) * (problem.volatility_max ?? 0) * (problem.volatility_max ?? 0);
  sum -= (rho / 2) * quadraticForm(covariance.factor, v, v);
  sum -= gamma * quadraticForm(covariance.factor, active, target);
  sum -= (gamma / 2) * quadraticForm(covariance.factor, active, active);
  const slope = new Array<number>(initial.length).fill(price.investedMax - price.investedMin);
  (problem.groups ?? []).forEach(({ members, max }, g) => {
    sum -= price.groups[g]! * max;
    for (const i of members) slope[i]! += price.groups[g]!;
  });

  const taxes = new Map((problem.tax ?? []).map(({ instrument, pieces }) => [instrument, pieces]));
  const { lower, upper } = boxOf(problem);
  const term = newTerm(price.gross);
  for (let i = 0; i < initial.length; i += 1) {
    const row = covariance.loadings[i]!;
    let linear = slope[i]! - objective * problem.alpha[i]!;
    for (let j = 0; j < tangent.length; j += 1) linear += row[j]! * tangent[j]!;
    const specific = covariance.specific[i]!;
    sum += objective * problem.alpha[i]! * initial[i]!;
    term.lower = lower[i]!;
    term.upper = upper[i]!;
    term.initial = initial[i]!;
    term.reference = reference[i]!;
    term.linear = linear;
    term.active = gamma * specific + objective * (problem.tracking?.[i] ?? 0);
    term.total = rho * specific;
    term.size = objective * (problem.cost_linear?.[i] ?? 0) + price.turnover;
    term.size += price.investedMax * (problem.paid_costs?.linear[i] ?? 0);
    term.impact = objective * (problem.cost_impact?.[i] ?? 0);
    term.impact += price.investedMax * (problem.paid_costs?.impact[i] ?? 0);
    if (objective === 1 && taxes.size > 0) term.pieces = taxes.get(problem.instruments[i]!) ?? UNTAXED;
    sum += leastTerm(term);
  }
  return sum;
}

function multiplyFactor(factor: Problem['covariance']['factor'], v: readonly number[]): readonly number[] {
  return factor === undefined ? v : factor.map((row) => row.reduce((sum, entry, j) => sum + entry * v[j]!, 0));
}

/**
 * Where each w_i of a feasible portfolio lies: its bounds, and what turnover, gross exposure and cash leave room for (so
 * that bounds that only stand for "none", such as 1e20, do not blow up rounding errors). A fixed instrument has one
 * place, or none where that breaks a bound by more than the tolerance.
 */
function boxOf(problem: Problem): { readonly lower: Float64Array; readonly upper: Float64Array } {
  const { initial, turnover_max: turnover, gross_max: gross, invested } = problem;
  let floors = 0;
  for (const low of problem.lower) floors += Math.min(0, low);
  const cash = Math.abs(invested.max) - floors;
  const reach = typeof gross === 'number' ? Math.min(gross, cash) : cash;
  const step = typeof turnover === 'number' ? turnover : Infinity;
  const box = { lower: new Float64Array(initial.length), upper: new Float64Array(initial.length) };
  for (let i = 0; i < initial.length; i += 1) {
    const [w0, lower, upper] = [initial[i]!, problem.lower[i]!, problem.upper[i]!];
    const margin = 1e-6 * (1 + Math.abs(w0));
    box.lower[i] = Math.max(lower, Math.min(upper, Math.max(-reach, w0 - step) - margin));
    box.upper[i] = Math.min(upper, Math.max(lower, Math.min(reach, w0 + step) + margin));
  }
  for (const i of problem.fixed ?? []) {
    const w0 = initial[i]!;
    const isInside = w0 >= problem.lower[i]! - BOX_TOLERANCE && w0 <= problem.upper[i]! + BOX_TOLERANCE;
    box.lower[i] = isInside ? w0 : Infinity;
    box.upper[i] = isInside ? w0 : -Infinity;
  }
  return box;
}

/** linear w + active/2 (w-reference)^2 + total/2 w^2 + size |x| + impact |x|^1.5 + gross |w| + tax(-x), x = w - initial */
interface Term {
  lower: number;
  upper: number;
  initial: number;
  reference: number;
  linear: number;
  active: number;
  total: number;
  size: number;
  impact: number;
  readonly gross: number;
  pieces: readonly { readonly up_to: number; readonly rate: number }[];
}

const UNTAXED: Term['pieces'] = [];

/** One for all instruments in turn: a bound is taken so often that new ones would be noticed. */
function newTerm(gross: number): Term {
  return {
    lower: 0,
    upper: 0,
    initial: 0,
    reference: 0,
    linear: 0,
    active: 0,
    total: 0,
    size: 0,
    impact: 0,
    gross,
    pieces: UNTAXED,
  };
}

/** The least value of a term over its box: at an end of a smooth interval or at a stationary point within one. */
function leastTerm(term: Term): number {
  const { lower, upper } = term;
  if (lower > upper) return Infinity;
  let least = valueOf(term, lower);
  if (lower === upper) return least;
  let from = lower;
  for (const kink of kinksWithin(term)) {
    least = Math.min(least, valueOf(term, kink), leastWithin(term, from, kink));
    from = kink;
  }
  return Math.min(least, valueOf(term, upper), leastWithin(term, from, upper));
}

/** The value at the stationary point between two neighbouring kinks; Infinity where there is none. */
function leastWithin(term: Term, from: number, to: number): number {
  const stationary = stationaryPoint(term, from, to);
  return stationary > from && stationary < to ? valueOf(term, stationary) : Infinity;
}

/** Where the formula of a term changes within its box, ascending. */
function kinksWithin({ lower, upper, initial, gross, pieces }: Term): number[] {
  const kinks: number[] = [];
  for (let p = pieces.length - 1; p >= 0; p -= 1) {
    const kink = initial - pieces[p]!.up_to;
    if (kink > lower && kink < upper) kinks.push(kink);
  }
  if (initial > lower && initial < upper) kinks.push(initial);
  if (gross > 0 && lower < 0 && upper > 0) kinks.push(0);
  return kinks.length > 1 ? kinks.sort((a, b) => a - b) : kinks;
}

function valueOf(term: Term, w: number): number {
  const traded = w - term.initial;
  const size = Math.abs(traded);
  const active = w - term.reference;
  return (
    term.linear * w +
    (term.active / 2) * active * active +
    (term.total / 2) * w * w +
    term.size * size +
    term.impact * size * Math.sqrt(size) +
    term.gross * Math.abs(w) +
    taxOf(term.pieces, -traded)
  );
}

/**
 * Where the derivative of the term vanishes if the formula valid between `from` and `to` held everywhere. With
 * r = sqrt|x| it is a quadratic equation in r. NaN where there is no such point.
 */
function stationaryPoint(term: Term, from: number, to: number): number {
  const middle = (from + to) / 2;
  const side = middle >= term.initial ? 1 : -1;
  const curvature = term.active + term.total;
  let slope = term.linear + term.active * (term.initial - term.reference) + term.total * term.initial;
  slope += side * term.size + (middle >= 0 ? term.gross : -term.gross);
  if (side < 0) slope -= rateAt(term.pieces, term.initial - middle);
  const drive = -side * slope; // the derivative at x = side r^2 is curvature r^2 + 1.5 impact r - drive, times side
  if (!(drive > 0)) return NaN;
  const e = 1.5 * term.impact;
  const r = (2 * drive) / (e + Math.sqrt(e * e + 4 * curvature * drive));
  return term.initial + side * r * r;
}

function rateAt(pieces: Term['pieces'], sold: number): number {
  const piece = pieces.find(({ up_to }) => sold <= up_to) ?? pieces[pieces.length - 1];
  return piece?.rate ?? 0;
}
