import fc from 'fast-check';
import { randomProblem, RandomStream } from '#testing';
import { checkLimits, evaluateUtility, verifySolution } from '../certificate/index.js';
import { compact } from './compact.js';
import type { Problem } from './problem.js';
import { solve } from './solve.js';

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

/** A random problem in which most instruments may not trade, some by their bounds, some by name. */
function mostlyHeld(seed: number): Problem {
  const problem = randomProblem(seed, { n: 30 });
  const random = new RandomStream(seed + 1);
  const held = problem.instruments.map(() => random.chance(0.7));
  const hold = (bounds: readonly number[]) => bounds.map((bound, i) => (held[i]! ? problem.initial[i]! : bound));
  return { ...problem, lower: hold(problem.lower), upper: hold(problem.upper) };
}

describe('a problem without the instruments that cannot trade', () => {
  it('has the same utility and the same values of its limits at the same weights', () => {
    let compacted = 0;
    fc.assert(
      fc.property(seeds, (seed) => {
        const problem = mostlyHeld(seed);
        const small = compact(problem);
        if (small === null) return;
        compacted += 1;
        const random = new RandomStream(seed + 2);
        const few = small.problem.initial.map((w, i) => (i === 0 ? w : w + random.between(-0.02, 0.02)));
        const all = small.expand(few);
        expect(all).toHaveLength(problem.initial.length);
        const utility = evaluateUtility(problem, all).total;
        expect(evaluateUtility(small.problem, few).total).toBeCloseTo(utility, 9);
        const slack = (of: Problem, w: readonly number[]) =>
          checkLimits(of, w)
            .filter(({ limit }) => !/^(lower|upper|fixed):/.test(limit))
            .map(({ value, bound }) => bound - value);
        const [one, other] = [slack(small.problem, few), slack(problem, all)];
        expect(one).toHaveLength(other.length);
        one.forEach((room, l) => expect(room).toBeCloseTo(other[l]!, 10));
      }),
      { numRuns: 300, seed: 5 },
    );
    expect(compacted).toBeGreaterThan(100);
  });

  it('is solved, or refused, with a proof for the whole problem', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const problem = mostlyHeld(seed);
        const solution = solve(problem);
        const check = verifySolution(problem, solution);
        if (solution.status === 'INFEASIBLE') {
          return check.infeasibility_proved || solution.conflicts.includes('fixed');
        }
        return check.violation_max <= 1e-8 && check.gap_relative <= 1e-6;
      }),
      { numRuns: 150, seed: 6 },
    );
  });

  it('is left as it is where most instruments may trade', () => {
    const problem = { ...randomProblem(3, { n: 30 }), fixed: [] };
    const bounds = { lower: problem.initial.map(() => -1), upper: problem.initial.map(() => 1) };
    expect(compact({ ...problem, ...bounds })).toBeNull();
  });
});
