import { variance } from '../certificate/utility.js';
import type { Optimiser, Problem } from '../solver/problem.js';
import type { LimitState } from './limits.js';
import type { Mandate } from './mandate.js';

/** Room for the solver's rounding when the least value becomes the bound. */
const SLACK = 1e-9;

/**
 * The least values that the given limits can reach within a problem that w0 satisfies: one limit of the whole
 * portfolio, or several positions whose total excess (each scaled by its bound) is made least. Never beyond the values
 * before trading.
 *
 * @returns one value a limit, in their order
 */
export function leastValue(
  mandate: Mandate,
  problem: Problem,
  limits: readonly LimitState[],
  optimiser: Optimiser,
): number[] {
  const { w, status } = optimiser(towardLimits(mandate, problem, limits));
  return limits.map((limit) => {
    if (status === 'INFEASIBLE') return limit.value;
    const value = valueAt(mandate, problem, limit, w);
    const loosened = value + Math.sign(limit.value - limit.bound) * SLACK;
    return limit.value > limit.bound
      ? Math.min(limit.value, Math.max(limit.bound, loosened))
      : Math.max(limit.value, Math.min(limit.bound, loosened));
  });
}

/** The same limits with the excess as the only objective. */
function towardLimits(mandate: Mandate, problem: Problem, limits: readonly LimitState[]): Problem {
  const n = problem.initial.length;
  const zeros = new Array<number>(n).fill(0);
  const alpha = zeros.slice();
  const [lower, upper] = [problem.lower.slice(), problem.upper.slice()];
  for (const { kind, index, value, bound } of limits) {
    if (kind === 'position') {
      const above = value > bound;
      alpha[index] = (above ? -1 : 1) / Math.max(Math.abs(bound), SLACK);
      if (above) lower[index] = Math.min(upper[index]!, Math.max(lower[index]!, bound));
      else upper[index] = Math.max(lower[index]!, Math.min(upper[index]!, bound));
    } else if (kind === 'sector') {
      for (const i of mandate.limits.sectors[index]!.members) alpha[i] = -1;
    } else if (kind === 'cash') {
      alpha.fill(-1);
    } else if (kind === 'gross') {
      problem.initial.forEach((w, i) => (alpha[i] = -Math.sign(w)));
    }
  }
  return {
    ...problem,
    tax: [],
    alpha,
    lower,
    upper,
    risk_aversion: limits.some(({ kind }) => kind === 'risk') ? 1 : 0,
    reference: zeros,
    tracking: zeros,
    cost_linear: zeros,
    cost_impact: zeros,
  };
}

function valueAt(mandate: Mandate, problem: Problem, { kind, index }: LimitState, w: readonly number[]): number {
  if (kind === 'position') return w[index]!;
  if (kind === 'sector') return mandate.limits.sectors[index]!.members.reduce((sum, i) => sum + w[i]!, 0);
  if (kind === 'gross') return w.reduce((sum, weight) => sum + Math.abs(weight), 0);
  if (kind === 'cash') return w.reduce((sum, weight, i) => sum + weight + paidCost(problem, i, weight), 0);
  return Math.sqrt(variance(problem, w) / mandate.parameters.horizonDays);
}

function paidCost(problem: Problem, i: number, weight: number): number {
  const size = Math.abs(weight - problem.initial[i]!);
  return problem.paid_costs!.linear[i]! * size + problem.paid_costs!.impact[i]! * size * Math.sqrt(size);
}
