import type { DualState } from './dual-state.js';
import { utilityBoundOf, utilityOf, violationOf } from './measure.js';
import type { NewtonSettings, Standing } from './newton.js';
import { exposuresOf, type PreparedProblem } from './prepared-problem.js';
import type { Response } from './separable.js';

/** A primal and a dual answer that belong together, whether or not they are good ones. */
export interface Candidate {
  readonly w: Float64Array;
  readonly prices: Float64Array;
  /** exposures at which the bound takes the tangent of the factor variance, k */
  readonly implied: Float64Array;
  /** in the prepared problem's scale, less the penalties of soft limits */
  readonly utility: number;
  readonly bound: number;
  /** the largest excess over a hard limit, in weight */
  readonly violation: number;
}

/** A trade smaller than this is what rounding leaves of none. In weight. */
const DUST = 1e-12;
/** A violation up to this, in weight, is nothing to prefer a worse answer for: the certificate allows ten times as much. */
const VIOLATION_KEPT = 1e-9;

/** The answer of a state whose slopes are exact, hard limits and no dust in it: its standing has the numbers. */
export function candidateOf({ p, point, value, isExact }: DualState, standing: Standing): Candidate | undefined {
  const { w, x } = value.response;
  if (!isExact) return undefined;
  for (let i = 0; i < p.n; i += 1) if (isDust(p, i, x[i]!)) return undefined;
  const { utility, gap, violation } = standing;
  return {
    w: w.slice(),
    prices: point.prices.slice(),
    implied: value.implied.slice(),
    utility,
    bound: utility + gap,
    violation,
  };
}

/** Puts numbers on an answer. */
export function candidateAt(
  p: PreparedProblem,
  response: Pick<Response, 'w' | 'x'>,
  prices: Float64Array,
  implied: Float64Array,
): Candidate {
  const w = response.w.slice();
  const x = response.x.slice();
  for (let i = 0; i < p.n; i += 1) {
    if (!isDust(p, i, x[i]!)) continue;
    x[i] = 0;
    w[i] = p.initial[i]!;
  }
  const exposures = exposuresOf(p, w);
  const { worst, penalty } = violationOf(p, w, x, exposures);
  return {
    w,
    prices: prices.slice(),
    implied: implied.slice(),
    utility: utilityOf(p, w, x, exposures) - penalty,
    bound: utilityBoundOf(p, prices, implied),
    violation: worst,
  };
}

function isDust(p: PreparedProblem, i: number, x: number): boolean {
  return x !== 0 && Math.abs(x) < DUST && p.least[i]! <= 0 && p.most[i]! >= 0;
}

/** The candidate with no prices at all if that bounds better: where nothing is to be gained, prices are only noise. */
export function withoutNoise(p: PreparedProblem, candidate: Candidate): Candidate {
  const prices = new Float64Array(candidate.prices.length);
  const implied = exposuresOf(p, candidate.w);
  const bound = utilityBoundOf(p, prices, implied);
  return bound < candidate.bound ? { ...candidate, prices, implied, bound } : candidate;
}

export function isClosed(candidate: Candidate, settings: NewtonSettings): boolean {
  return candidate.violation <= settings.violation && relativeGapOf(candidate, settings) <= settings.gap;
}

/** The better one by violation, where that matters, then by gap. */
export function isBetter(one: Candidate, other: Candidate, settings: NewtonSettings): boolean {
  const allowed = Math.max(settings.violation, VIOLATION_KEPT);
  const excess = ({ violation }: Candidate) => (violation <= allowed ? 0 : violation);
  if (excess(one) !== excess(other)) return excess(one) < excess(other);
  return relativeGapOf(one, settings) < relativeGapOf(other, settings);
}

function relativeGapOf({ utility, bound }: Candidate, settings: NewtonSettings): number {
  const gap = Math.max(0, bound - utility);
  return gap === 0 ? 0 : gap / Math.max(Math.abs(utility), settings.utility_floor);
}
