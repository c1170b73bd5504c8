import fc from 'fast-check';
import { randomProblem, RandomStream } from '#testing';
import { verifySolution } from '../certificate/index.js';
import { ParametricProblem } from './parametric-problem.js';
import type { Problem } from './problem.js';
import { solve } from './solve.js';

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

/** Alphas that drift, once jump to a hundred times their size, and once vanish. */
function alphasOf({ alpha }: Problem, seed: number): number[][] {
  const random = new RandomStream(seed);
  const size = alpha.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const drifting = (from: readonly number[]) => from.map((value) => value + 0.05 * size * random.normal());
  const [second, third] = [drifting(alpha), drifting(alpha)];
  return [[...alpha], second, third, third.map((value) => 100 * value), alpha.map(() => 0), second];
}

describe('ParametricProblem', () => {
  it('answers every alpha as well as a solve from the document, or proves that nothing keeps the limits', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const problem = randomProblem(seed);
        const parametric = new ParametricProblem(problem);
        return alphasOf(problem, seed).every((alpha) => {
          const changed = { ...problem, alpha };
          const solution = parametric.solve(alpha);
          const check = verifySolution(changed, solution);
          if (solution.status === 'INFEASIBLE') return solve(changed).status === 'INFEASIBLE';
          return check.violation_max <= 1e-8 && check.gap_relative <= 1e-6;
        });
      }),
      { numRuns: 40, seed: 20260105 },
    );
  });

  it('needs fewer iterations than a solve from the document where the alpha has moved a little', () => {
    const problem = { ...randomProblem(3, { n: 200 }), cost_impact: new Array<number>(200).fill(0.01) };
    const parametric = new ParametricProblem(problem);
    const [first, second] = alphasOf(problem, 3);
    parametric.solve(first!);
    const [warm, cold] = [parametric.solve(second!), solve({ ...problem, alpha: second! })];
    expect(warm.status).toBe('OPTIMAL');
    expect(warm.iterations).toBeLessThan(cold.iterations);
    expect(warm.objective).toBeCloseTo(cold.objective, 9);
  });

  it('gives the same bits for the same sequence', () => {
    const problem = randomProblem(5, { n: 60 });
    const answers = () => {
      const parametric = new ParametricProblem(problem);
      return alphasOf(problem, 5).map((alpha) => parametric.solve(alpha));
    };
    expect(answers()).toEqual(answers());
  });
});
