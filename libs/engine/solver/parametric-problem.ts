import { withAlpha } from './prepare.js';
import type { Multipliers, Problem, Solution } from './problem.js';
import { isPlain, layOut, solveLaidOut, solveStrictly, strongestOf, type LaidOutProblem } from './solve-strictly.js';

/** How much stronger or weaker than at first alphas may get before the problem is scaled anew. */
const SCALE_RANGE = 4;

/**
 * A problem whose alpha is a parameter: laid out once and solved for one alpha after the other, each time from the
 * multipliers of the last answer (what a portfolio needs when only its signals have moved). An answer is as good as
 * that of `solve` and differs from it by rounding; the same sequence gives the same bits.
 */
export class ParametricProblem {
  private laidOut: LaidOutProblem | undefined;
  private multipliers: Multipliers | undefined;
  /** the largest |alpha| at the time of laying out */
  private strongest = 0;

  /** @param problem valid; its limits are hard, and it is not changed while this is in use */
  constructor(private readonly problem: Problem) {}

  /** @param alpha n */
  solve(alpha: readonly number[]): Solution {
    const problem = { ...this.problem, alpha };
    const solution = this.solved(problem);
    if (solution.status === 'OPTIMAL') this.multipliers = solution.multipliers;
    return solution;
  }

  private solved(problem: Problem): Solution {
    const strongest = strongestOf(problem.alpha);
    const ratio = strongest / this.strongest;
    if (this.laidOut === undefined || !(ratio < SCALE_RANGE && ratio > 1 / SCALE_RANGE)) {
      if (!isPlain(problem)) return solveStrictly(problem);
      this.laidOut = layOut(problem);
      this.strongest = strongest;
      return solveLaidOut(problem, this.laidOut, this.multipliers);
    }
    const { reduced, p } = this.laidOut;
    const alpha = reduced === null ? problem.alpha : reduced.pick(problem.alpha);
    return solveLaidOut(problem, { reduced, p: withAlpha(p, alpha) }, this.multipliers);
  }
}
