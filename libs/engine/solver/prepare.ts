import { checkLimits } from '../certificate/index.js';
import {
  exposuresOf,
  GROSS,
  GROUPS,
  INVESTED_MAX,
  INVESTED_MIN,
  RISK,
  TURNOVER,
  type Kink,
  type Kinks,
  type PreparedProblem,
} from './prepared-problem.js';
import type { Problem } from './problem.js';
import { semidefiniteCholesky, type SemidefiniteRoot } from './semidefinite-cholesky.js';

/** A volatility limit is taken as no less than this, so that the multiplier of a zero limit stays finite. */
const VOLATILITY_FLOOR = 1e-9;

/** @param problem a valid problem */
export function prepare(problem: Problem): PreparedProblem {
  const n = problem.instruments.length;
  const gamma = problem.risk_aversion;
  const { loadings, root, k } = factorLoadings(problem);
  const initial = Float64Array.from(problem.initial);
  const reference = Float64Array.from(problem.reference ?? problem.initial);
  const specific = Float64Array.from(problem.covariance.specific);
  const tracking = column(problem.tracking, n);
  const curvature = specific.map((variance, i) => gamma * variance + tracking[i]!);
  const target = exposuresOf({ loadings, k }, reference);
  const scale = objectiveScale(problem, { loadings, k, initial, reference, curvature, target });
  const divided = (values: Float64Array) => values.map((value) => value / scale);
  const { buy, sell, kinks } = linearCosts(problem, scale);
  const box = boxes(problem);
  return {
    n,
    k,
    scale,
    loadings,
    root,
    specific,
    gamma: gamma / scale,
    target,
    initial,
    reference,
    alpha: divided(Float64Array.from(problem.alpha)),
    curvature: divided(curvature),
    baseSlope: curvature.map((value, i) => (value * (initial[i]! - reference[i]!) - problem.alpha[i]!) / scale),
    ...box,
    least: box.lower.map((low, i) => low - initial[i]!),
    most: box.upper.map((high, i) => high - initial[i]!),
    buyCost: divided(buy),
    sellCost: divided(sell),
    impact: divided(column(problem.cost_impact, n)),
    paidLinear: column(problem.paid_costs?.linear, n),
    paidImpact: column(problem.paid_costs?.impact, n),
    sign: box.lower.map((low, i) => (low >= 0 ? 1 : box.upper[i]! <= 0 ? -1 : 0)),
    kinks,
    ...groupLists(problem, n),
    ...limitBounds(problem),
  };
}

function column(values: readonly number[] | undefined, n: number): Float64Array {
  return values === undefined ? new Float64Array(n) : Float64Array.from(values);
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
  const rows = root === undefined ? undefined : nonzeroRows(root);
  for (let i = 0; i < instruments.length; i += 1) {
    const row = covariance.loadings[i]!;
    const at = i * k;
    for (let m = 0; m < k; m += 1) {
      const value = row[m]!;
      if (rows === undefined) loadings[at + m] = value;
      else if (value !== 0) addScaled(loadings, at, value, rows[m]!);
    }
  }
  return { loadings, root, k };
}

interface SparseRow {
  readonly columns: Int32Array;
  readonly entries: Float64Array;
}

/** Factor covariances are mostly diagonal, and their roots sparse. */
function nonzeroRows({ k, root }: SemidefiniteRoot): SparseRow[] {
  return Array.from({ length: k }, (_, m) => {
    const columns: number[] = [];
    for (let j = 0; j < k; j += 1) if (root[m * k + j] !== 0) columns.push(j);
    return { columns: Int32Array.from(columns), entries: Float64Array.from(columns, (j) => root[m * k + j]!) };
  });
}

function addScaled(values: Float64Array, at: number, factor: number, { columns, entries }: SparseRow): void {
  for (let c = 0; c < columns.length; c += 1) values[at + columns[c]!]! += factor * entries[c]!;
}

/**
 * The largest derivative of the objective at w0; where it is flat there, or trading is forced by a limit that w0
 * breaks, the size of its costs and risks counts too.
 */
function objectiveScale(
  problem: Problem,
  parts: Pick<PreparedProblem, 'loadings' | 'k' | 'initial' | 'reference' | 'curvature' | 'target'>,
): number {
  const { loadings, k, initial, reference, curvature, target } = parts;
  const active = exposuresOf(parts, initial).map((exposure, j) => exposure - target[j]!);
  let [steepest, other] = [0, 0];
  for (let i = 0; i < initial.length; i += 1) {
    let [slope, factorVariance] = [problem.alpha[i]! - curvature[i]! * (initial[i]! - reference[i]!), 0];
    for (let j = 0; j < k; j += 1) {
      const loading = loadings[i * k + j]!;
      slope -= problem.risk_aversion * loading * active[j]!;
      factorVariance += loading * loading;
    }
    steepest = Math.max(steepest, Math.abs(slope));
    const risk = (curvature[i]! + problem.risk_aversion * factorVariance) * 0.1;
    other = Math.max(other, risk, problem.cost_linear?.[i] ?? 0, (problem.cost_impact?.[i] ?? 0) * 0.1);
  }
  const isForced = checkLimits(problem, problem.initial).some(({ excess }) => excess > 0);
  const scale = steepest > 0 && !isForced ? steepest : Math.max(steepest, other);
  return scale > 0 ? scale : 1;
}

/**
 * Where each w_i may lie. A bound that is far beyond what the other limits allow (documents write 1e20 for "none") is
 * drawn in to where it still cannot bind.
 */
function boxes(problem: Problem): { lower: Float64Array; upper: Float64Array } {
  const lower = Float64Array.from(problem.lower);
  const upper = Float64Array.from(problem.upper);
  const reach = farthest(problem);
  for (let i = 0; i < lower.length; i += 1) {
    const w0 = problem.initial[i]!;
    lower[i] = Math.min(Math.max(lower[i]!, -reach, w0 - reach), upper[i]!);
    upper[i] = Math.max(Math.min(upper[i]!, reach, w0 + reach), lower[i]!);
  }
  for (const i of problem.fixed ?? []) {
    lower[i] = problem.initial[i]!;
    upper[i] = problem.initial[i]!;
  }
  return { lower, upper };
}

/** Twice as far from zero and from w0 as any weight can be that keeps the limits, if they keep it at all. */
function farthest({ initial, lower, invested, turnover_max, gross_max }: Problem): number {
  let [held, floors] = [0, 0];
  for (let i = 0; i < initial.length; i += 1) {
    held = Math.max(held, Math.abs(initial[i]!));
    floors += Math.min(0, lower[i]!);
  }
  const byTurnover = typeof turnover_max === 'number' ? held + turnover_max : Infinity;
  const byGross = typeof gross_max === 'number' ? gross_max : Infinity;
  const byCash = Math.abs(invested.max) - floors;
  return 2 * (1 + held + Math.min(byTurnover, byGross, byCash));
}

/** Slopes of buying and selling at w0 with the first rate of tax, and the rates after it as kinks. */
function linearCosts(problem: Problem, scale: number) {
  const n = problem.instruments.length;
  const buy = column(problem.cost_linear, n);
  const sell = buy.slice();
  const kinks = new Array<Kinks | undefined>(n).fill(undefined);
  const taxes = problem.tax ?? [];
  const index =
    taxes.length === 0 ? new Map<string, number>() : new Map(problem.instruments.map((name, i) => [name, i]));
  for (const { instrument, pieces } of taxes) {
    const i = index.get(instrument)!;
    sell[i]! += pieces[0]?.rate ?? 0;
    const steps: Kink[] = [];
    for (let piece = 1; piece < pieces.length; piece += 1) {
      const jump = (pieces[piece]!.rate - pieces[piece - 1]!.rate) / scale;
      if (jump > 0) steps.push({ distance: pieces[piece - 1]!.up_to, jump });
    }
    if (steps.length > 0) kinks[i] = { buy: [], sell: steps };
  }
  return { buy, sell, kinks };
}

function groupLists(problem: Problem, n: number): { groupStart: Int32Array; groupOf: Int32Array } {
  const groups = problem.groups ?? [];
  const groupStart = new Int32Array(n + 1);
  for (const { members } of groups) for (const i of members) groupStart[i + 1]! += 1;
  for (let i = 0; i < n; i += 1) groupStart[i + 1]! += groupStart[i]!;
  const next = groupStart.slice(0, n);
  const groupOf = new Int32Array(groupStart[n]!);
  groups.forEach(({ members }, g) => {
    for (const i of members) {
      groupOf[next[i]!] = g;
      next[i]! += 1;
    }
  });
  return { groupStart, groupOf };
}

function limitBounds(problem: Problem): { bounds: Float64Array; caps: Float64Array } {
  const groups = problem.groups ?? [];
  const bounds = new Float64Array(GROUPS + groups.length);
  const caps = new Float64Array(GROUPS + groups.length).fill(Infinity);
  bounds[INVESTED_MAX] = problem.invested.max;
  bounds[INVESTED_MIN] = -problem.invested.min;
  const optional = (j: number, limit: number | null | undefined, bound: (limit: number) => number) => {
    if (typeof limit === 'number') bounds[j] = bound(limit);
    else caps[j] = 0;
  };
  optional(TURNOVER, problem.turnover_max, (limit) => limit);
  optional(RISK, problem.volatility_max, (limit) => {
    const volatility = Math.max(limit, VOLATILITY_FLOOR);
    return (volatility * volatility) / 2;
  });
  optional(GROSS, problem.gross_max, (limit) => limit);
  groups.forEach(({ max }, g) => (bounds[GROUPS + g] = max));
  return { bounds, caps };
}
