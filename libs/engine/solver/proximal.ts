import { candidateAt, isBetter, isClosed, withoutNoise, type Candidate } from './candidate.js';
import { factorDual, type Proximal } from './dual.js';
import { withoutObjective } from './measure.js';
import { maximiseDual, provesInfeasible, type NewtonSettings } from './newton.js';
import { exposuresOf, type PreparedProblem } from './prepared-problem.js';

export interface ProximalOutcome {
  readonly status: 'converged' | 'infeasible' | 'stalled';
  readonly best: Candidate;
  readonly iterations: number;
}

const ROUNDS_MAX = 60;
const ITERATIONS_MAX = 800;
const INNER_ITERATIONS_MAX = 80;
const WEIGHT_START = 10;
const WEIGHT_MIN = 1e-7;

/**
 * Solves the problem as a sequence of strongly convex ones, each with a quadratic that keeps it near the previous
 * answer (proximal point method: Rockafellar, SIAM J. Control Optim. 14, 1976). Linear and other degenerate problems,
 * whose dual functions have kinks and whose Lagrangians have many minimisers, become smooth this way.
 *
 * @param center weights within their bounds
 * @param isDone ends the sequence early
 */
export function solveByProximalPoints(
  p: PreparedProblem,
  center: Float64Array,
  settings: NewtonSettings,
  isDone: (candidate: Candidate) => boolean = () => false,
): ProximalOutcome {
  let prices: Float64Array = new Float64Array(p.caps.length);
  let proximal: Proximal = { weight: WEIGHT_START, center, exposures: exposuresOf(p, center) };
  let implied = proximal.exposures;
  const bare = withoutObjective(p);
  let best: Candidate | undefined;
  let iterations = 0;
  for (let round = 0; round < ROUNDS_MAX && iterations < ITERATIONS_MAX; round += 1) {
    const start = { factors: factorDual(p, prices, proximal, implied), prices };
    const inner = maximiseDual(p, start, proximal, { ...settings, iterations_max: INNER_ITERATIONS_MAX });
    iterations += inner.iterations;
    prices = inner.point.prices;
    implied = inner.value.implied;
    const reached = candidateAt(p, inner.value.response, prices, implied);
    if (inner.status === 'infeasible' || (settings.seeks_proof && provesInfeasible(bare, prices, implied))) {
      return { status: 'infeasible', best: reached, iterations };
    }
    const candidate = isClosed(reached, settings) ? reached : withoutNoise(p, reached);
    if (best === undefined || isBetter(candidate, best, settings)) best = candidate;
    if (isClosed(candidate, settings) || isDone(candidate)) {
      return { status: 'converged', best: candidate, iterations };
    }
    const weight = inner.status === 'converged' ? Math.max(WEIGHT_MIN, proximal.weight * 0.2) : proximal.weight * 5;
    proximal = { weight, center: reached.w, exposures: exposuresOf(p, reached.w) };
  }
  return { status: 'stalled', best: best!, iterations };
}
