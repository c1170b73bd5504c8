import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { solve, validateProblem, verifySolution, type Optimiser, type Problem } from '#engine';
import { createReferenceSolver } from './reference-solver.js';

/** Problems with answers of other solvers, kept outside the repository. */
const folder = join(process.env['COORDINATION_SHARED'] ?? join(process.cwd(), '..', 'shared'), 'cases');

interface SharedCase {
  readonly problem: Problem;
  readonly expected:
    | {
        readonly status: 'OPTIMAL';
        readonly objective: number;
        readonly objective_tolerance: number;
        readonly violation_tolerance: number;
      }
    | { readonly status: 'INFEASIBLE'; readonly conflicts: readonly (readonly string[])[] };
}

const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
const eachCase = names.length > 0 ? it.each(names) : it.skip.each([`no cases at ${folder}`]);

function expectAnswer(solve: Optimiser, { problem, expected }: SharedCase): void {
  const solution = solve(problem);
  expect(solution.status).toBe(expected.status);
  const check = verifySolution(problem, solution);
  if (expected.status === 'INFEASIBLE') {
    const found = new Set(solution.conflicts.map((name) => (name.startsWith('group:') ? 'group' : name)));
    expect(check.infeasibility_proved).toBe(true);
    expect(expected.conflicts.map((conflict) => new Set(conflict))).toContainEqual(found);
  } else {
    expect(check.violation_max).toBeLessThanOrEqual(expected.violation_tolerance);
    expect(check.objective).toBeGreaterThanOrEqual(expected.objective - expected.objective_tolerance);
    expect(check.bound).toBeGreaterThanOrEqual(expected.objective - expected.objective_tolerance);
  }
}

const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as SharedCase;

describe('the documents of the shared cases', () => {
  eachCase('%s', (name) => expect(validateProblem(read(name).problem)).toHaveProperty('problem'));
});

describe("the engine's solver on the shared cases", () => {
  eachCase('%s', (name) => expectAnswer(solve, read(name)));
});

describe('the reference solver on the shared cases', () => {
  let reference: Optimiser;
  beforeAll(async () => {
    reference = await createReferenceSolver();
  });

  eachCase('%s', (name) => expectAnswer(reference, read(name)));
});
