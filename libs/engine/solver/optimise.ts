import { UTILITY_MIN } from '../certificate/index.js';
import { candidateAt, candidateOf, isBetter, isClosed, withoutNoise, type Candidate } from './candidate.js';
import { DualState } from './dual-state.js';
import { factorDual, type DualPoint } from './dual.js';
import { decideFeasibility, startingWeights } from './feasibility.js';
import { noProximal } from './measure.js';
import { preparedExposures, preparedPrices } from './multipliers.js';
import { maximiseByParts } from './newton-by-parts.js';
import { standingOf, type NewtonSettings } from './newton.js';
import { exposuresOf, type PreparedProblem } from './prepared-problem.js';
import type { Multipliers } from './problem.js';
import { solveByProximalPoints } from './proximal.js';

export interface Optimum {
  readonly status: 'OPTIMAL' | 'INFEASIBLE';
  /** where infeasible, its prices prove it */
  readonly candidate: Candidate;
  readonly iterations: number;
  readonly method: 'newton' | 'proximal';
  /** the utility that gaps are relative to where the reached one is smaller, in the prepared problem's scale */
  readonly floor: number;
  /** where Newton's method ended, which it can go on from when the alpha has changed */
  readonly state?: DualState;
}

/** An earlier answer, as its multipliers or as it was left. */
export type WarmStart = Multipliers | DualState;

/** What the recomputed answer of Newton's method has to come up to. */
const ACCEPTED = { gap: 1e-8, violation: 1e-9 };
const DIRECT_ITERATIONS_MAX = 40;
/** Of the first window, for slopes of size one; a warm start is expected to be nearer. */
const WIDTH = 0.4;
const WARM_WIDTH = 0.02;

/**
 * Maximises the utility within the limits, or proves that they cannot hold together. Newton's method on the dual comes
 * first; what it does not settle (no curvature to speak of, prices that run away) is tested for feasibility and then
 * solved by proximal points.
 *
 * @param strongest the largest |alpha| of the problem, unscaled
 * @param warm a state is taken over, and of a problem that differs from this one in alpha alone
 */
export function optimise(p: PreparedProblem, strongest: number, warm: WarmStart | undefined): Optimum {
  const settings = settingsOf(p, strongest);
  const floor = settings.utility_floor;
  const canStartDirectly = p.gamma > 0 || p.k === 0;
  const direct = canStartDirectly ? solveDirectly(p, settings, warm) : undefined;
  if (direct !== undefined && direct.status !== 'stalled') {
    const status = direct.status === 'infeasible' ? 'INFEASIBLE' : 'OPTIMAL';
    const { candidate, iterations, state } = direct;
    return { status, candidate, iterations, method: 'newton', floor, state };
  }
  const spent = direct?.iterations ?? 0;
  const { verdict, candidate } = decideFeasibility(p);
  if (verdict === 'infeasible')
    return { status: 'INFEASIBLE', candidate, iterations: spent, method: 'proximal', floor };
  const { status, best, iterations } = solveByProximalPoints(p, candidate.w, settings);
  const isDirectBetter = direct !== undefined && status === 'stalled' && isBetter(direct.candidate, best, settings);
  return {
    status: status === 'infeasible' ? 'INFEASIBLE' : 'OPTIMAL',
    candidate: isDirectBetter ? direct.candidate : best,
    iterations: spent + iterations,
    method: 'proximal',
    floor,
  };
}

function solveDirectly(p: PreparedProblem, settings: NewtonSettings, warm: WarmStart | undefined) {
  const state = warm instanceof DualState ? warm : new DualState(p, startingPoint(p, warm), noProximal(p));
  if (state === warm) state.exchange(p);
  const isWarm = warm !== undefined;
  const out = maximiseByParts(state, { ...settings, width: isWarm ? WARM_WIDTH : WIDTH }, isWarm);
  const standing = out.status === 'converged' ? standingOf(state, settings.violation) : undefined;
  const reached =
    (standing && candidateOf(state, standing)) ??
    candidateAt(p, out.value.response, out.point.prices, out.value.implied);
  const accepted = { ...settings, ...ACCEPTED };
  const candidate = isClosed(reached, accepted) ? reached : withoutNoise(p, reached);
  const isDone = out.status !== 'infeasible' && isClosed(candidate, accepted);
  const unsettled = out.status === 'converged' ? 'stalled' : out.status;
  return { status: isDone ? ('converged' as const) : unsettled, candidate, iterations: out.iterations, state };
}

function startingPoint(p: PreparedProblem, warm: Multipliers | undefined): DualPoint {
  const prices = warm === undefined ? new Float64Array(p.caps.length) : preparedPrices(p, warm);
  const exposures = (warm && preparedExposures(p, warm)) ?? exposuresOf(p, startingWeights(p));
  return { factors: factorDual(p, prices, noProximal(p), exposures), prices };
}

/** @param strongest the largest |alpha| of the problem, unscaled */
function settingsOf(p: PreparedProblem, strongest: number): NewtonSettings {
  return {
    iterations_max: DIRECT_ITERATIONS_MAX,
    gap: 1e-10,
    violation: 1e-10,
    utility_floor: Math.max(p.held, (0.01 * strongest) / p.scale, UTILITY_MIN / p.scale),
    seeks_proof: true,
    width: 0,
  };
}
