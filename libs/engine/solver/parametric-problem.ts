import type { DualState } from './dual-state.js';
import { fixedConflict } from './limits.js';
import { withAlpha } from './prepare.js';
import type { Multipliers, Problem, Solution } from './problem.js';
import { layOut, solveLaidOut, solveStrictly, strongestOf, type LaidOutProblem } from './solve-strictly.js';

/** How much stronger or weaker than at first alphas may get before the problem is scaled anew. */
const SCALE_RANGE = 4;

/**
 * A problem whose alpha is a parameter: laid out once and solved for one alpha after the other, each time from the
 * multipliers of the last answer (what a portfolio needs when only its signals have moved). An answer is as good as
 * that of `solve` and differs from it by rounding; the same sequence gives the same bits.
 */
export class ParametricProblem {
  private laidOut: LaidOutProblem | undefined;
  /** where the last solve ended */
  private state: DualState | undefined;
  private multipliers: Multipliers | undefined;
  /** the largest |alpha| at the time of laying out */
  private strongest = 0;
  /** whether a fixed instrument breaks its bounds, so that there is nothing to solve */
  private readonly isBlocked: boolean;

  /** @param problem valid; its limits are hard, and it is not changed while this is in use */
  constructor(private readonly problem: Problem) {
    this.isBlocked = fixedConflict(problem).length > 0;
  }

  /** @param alpha n */
  solve(alpha: readonly number[]): Solution {
    const problem = { ...this.problem, alpha };
    if (this.isBlocked) return solveStrictly(problem);
    const laidOut = this.layOut(problem);
    const { solution, state } = solveLaidOut(problem, laidOut, this.state ?? this.multipliers);
    this.state = state;
    if (solution.status === 'OPTIMAL') this.multipliers = solution.multipliers;
    return solution;
  }

  private layOut(problem: Problem): LaidOutProblem {
    const strongest = strongestOf(problem.alpha);
    const ratio = strongest / this.strongest;
    if (this.laidOut !== undefined && ratio < SCALE_RANGE && ratio > 1 / SCALE_RANGE) {
      const { reduced, p } = this.laidOut;
      return { reduced, p: withAlpha(p, reduced === null ? problem.alpha : reduced.pick(problem.alpha)) };
    }
    this.laidOut = layOut(problem);
    this.strongest = strongest;
    this.state = undefined;
    return this.laidOut;
  }
}
