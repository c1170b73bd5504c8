import { evaluateUtility, solve, verifySolution, type Optimiser } from '#engine';
import { randomProblem } from '#testing';
import { createReferenceSolver } from './reference-solver.js';

describe("the engine's solver and the reference solver", () => {
  let reference: Optimiser;
  beforeAll(async () => {
    reference = await createReferenceSolver();
  });

  it('agree on what is feasible and on the best utility', () => {
    const disagreements: unknown[] = [];
    let compared = 0;
    for (let seed = 1000; seed < 1070; seed += 1) {
      const problem = randomProblem(seed);
      const [own, other] = [solve(problem), reference(problem)];
      // the reference does not solve all of them; what it found must keep the limits to count
      if (other.status === 'OPTIMAL' && other.violation_max > 1e-9) continue;
      if (own.status !== other.status) disagreements.push([seed, own.status, other.status]);
      if (own.status !== 'OPTIMAL') continue;
      compared += 1;
      const { bound } = verifySolution(problem, own);
      const scale = Math.max(1e-3, Math.abs(bound), Math.abs(evaluateUtility(problem, problem.initial).total));
      if (other.objective > bound + 1e-7 * scale) disagreements.push([seed, other.objective, bound]);
      if (own.objective < other.objective - 1e-6 * scale) disagreements.push([seed, own.objective, other.objective]);
    }
    expect(disagreements).toEqual([]);
    expect(compared).toBeGreaterThan(20);
  });
});
