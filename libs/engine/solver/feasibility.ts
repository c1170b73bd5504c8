import type { Candidate } from './candidate.js';
import { withoutObjective } from './measure.js';
import { provesInfeasible } from './newton.js';
import { inOneShape, RISK, type PreparedProblem } from './prepared-problem.js';
import { solveByProximalPoints } from './proximal.js';

/** The sum of excesses up to which weights count as keeping all limits. */
const KEPT = 1e-10;

export interface Feasibility {
  readonly verdict: 'feasible' | 'infeasible' | 'undecided';
  /** its weights break the limits least; its prices prove an infeasible verdict */
  readonly candidate: Candidate;
}

/**
 * Decides whether the limits can hold together, by minimising the sum of their excesses: the problem without its
 * objective and with a price on each excess, which always has an answer.
 */
export function decideFeasibility(p: PreparedProblem): Feasibility {
  const bare = withoutObjective(p);
  const soft = inOneShape({ ...bare, caps: p.caps.map((cap, j) => (cap === 0 ? 0 : excessPrice(p, j))) });
  const settings = {
    iterations_max: 0,
    gap: 1e-3,
    violation: Infinity,
    utility_floor: KEPT,
    seeks_proof: true,
    width: 0,
  };
  const isKept = ({ utility }: Candidate) => utility >= -KEPT;
  const { status, best } = solveByProximalPoints(soft, startingWeights(p), settings, isKept);
  if (status === 'infeasible' || provesInfeasible(bare, best.prices, best.implied)) {
    return { verdict: 'infeasible', candidate: best };
  }
  return { verdict: isKept(best) ? 'feasible' : 'undecided', candidate: best };
}

/** w0, brought within the bounds. */
export function startingWeights(p: PreparedProblem): Float64Array {
  return p.initial.map((w0, i) => Math.min(p.upper[i]!, Math.max(p.lower[i]!, w0)));
}

/** One a unit of weight; for half the variance, one a unit of volatility near its limit. */
function excessPrice(p: PreparedProblem, j: number): number {
  return j === RISK ? 1 / Math.sqrt(2 * p.bounds[RISK]!) : 1;
}
