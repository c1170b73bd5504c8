import { candidateAt, isBetter, isClosed, type Candidate } from './candidate.js';
import { factorDual, type DualPoint } from './dual.js';
import { decideFeasibility, startingWeights } from './feasibility.js';
import { noProximal, utilityOf } from './measure.js';
import { preparedExposures, preparedPrices } from './multipliers.js';
import { maximiseDual, type NewtonSettings } from './newton.js';
import { exposuresOf, type PreparedProblem } from './prepared-problem.js';
import type { Multipliers } from './problem.js';
import { solveByProximalPoints } from './proximal.js';

export interface Optimum {
  readonly status: 'OPTIMAL' | 'INFEASIBLE';
  /** where infeasible, its prices prove it */
  readonly candidate: Candidate;
  readonly iterations: number;
  readonly method: 'newton' | 'proximal';
}

/** What the recomputed answer of Newton's method has to come up to. */
const ACCEPTED = { gap: 1e-8, violation: 1e-9 };
const DIRECT_ITERATIONS_MAX = 40;
/**
 * Floors under the 3/2 costs that an instrument without them is first solved with, each from the answer before it:
 * with linear costs alone the dual function is too kinked to start on.
 */
const SMOOTHING = [0.06, 0.004];
const SMOOTHING_ITERATIONS_MAX = 8;

/**
 * Maximises the utility within the limits, or proves that they cannot hold together. Newton's method on the dual comes
 * first; what it does not settle (no curvature to speak of, prices that run away) is tested for feasibility and then
 * solved by proximal points.
 */
export function optimise(p: PreparedProblem, strongest: number, warm: Multipliers | undefined): Optimum {
  const settings = settingsOf(p, strongest);
  const canStartDirectly = p.gamma > 0 || p.k === 0;
  const direct = canStartDirectly ? solveDirectly(p, settings, warm) : undefined;
  if (direct !== undefined && direct.status !== 'stalled') {
    const status = direct.status === 'infeasible' ? 'INFEASIBLE' : 'OPTIMAL';
    return { status, candidate: direct.candidate, iterations: direct.iterations, method: 'newton' };
  }
  const spent = direct?.iterations ?? 0;
  const { verdict, candidate } = decideFeasibility(p);
  if (verdict === 'infeasible') return { status: 'INFEASIBLE', candidate, iterations: spent, method: 'proximal' };
  const { status, best, iterations } = solveByProximalPoints(p, candidate.w, settings);
  const isDirectBetter = direct !== undefined && status === 'stalled' && isBetter(direct.candidate, best, settings);
  return {
    status: status === 'infeasible' ? 'INFEASIBLE' : 'OPTIMAL',
    candidate: isDirectBetter ? direct.candidate : best,
    iterations: spent + iterations,
    method: 'proximal',
  };
}

function solveDirectly(p: PreparedProblem, settings: NewtonSettings, warm: Multipliers | undefined) {
  const none = noProximal(p);
  const prices = warm === undefined ? new Float64Array(p.caps.length) : preparedPrices(p, warm);
  const exposures = (warm && preparedExposures(p, warm)) ?? exposuresOf(p, startingWeights(p));
  const point: DualPoint = { factors: factorDual(p, prices, none, exposures), prices };
  const early = { ...settings, iterations_max: SMOOTHING_ITERATIONS_MAX, gap: 1e-3, violation: 1e-4 };
  let iterations = 0;
  for (const floor of warm === undefined ? SMOOTHING : []) {
    if (!needsSmoothing(p, floor)) continue;
    const smooth = { ...p, impact: p.impact.map((impact) => Math.max(impact, floor)) };
    iterations += maximiseDual(smooth, point, none, early).iterations;
  }
  const out = maximiseDual(p, point, none, settings);
  const candidate = candidateAt(p, out.value.response, out.point.prices, out.value.implied);
  const isSettled = out.status !== 'converged' || isClosed(candidate, { ...settings, ...ACCEPTED });
  return { status: isSettled ? out.status : 'stalled', candidate, iterations: iterations + out.iterations };
}

function needsSmoothing(p: PreparedProblem, floor: number): boolean {
  for (let i = 0; i < p.n; i += 1) if (p.impact[i]! < floor && p.least[i]! < p.most[i]!) return true;
  return false;
}

/** @param strongest the largest |alpha| of the problem, unscaled */
function settingsOf(p: PreparedProblem, strongest: number): NewtonSettings {
  const exposures = exposuresOf(p, p.initial);
  const held = Math.abs(utilityOf(p, p.initial, new Float64Array(p.n), exposures));
  let variance = 0;
  for (let i = 0; i < p.n; i += 1) variance += p.specific[i]! * p.initial[i]! * p.initial[i]!;
  for (const exposure of exposures) variance += exposure * exposure;
  return {
    iterations_max: DIRECT_ITERATIONS_MAX,
    gap: 1e-10,
    violation: 1e-10,
    utility_floor: Math.max(held, (0.01 * strongest) / p.scale, (0.01 * p.gamma * variance) / 2),
    seeks_proof: true,
  };
}
