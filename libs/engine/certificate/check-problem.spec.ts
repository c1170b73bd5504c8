import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { randomProblem } from '#testing';
import type { Problem, Solution } from '../solver/problem.js';
import { solveElastic } from '../solver/elastic.js';
import { solve } from '../solver/solve.js';

const python = process.env['PYTHON'] ?? 'python3';
const script = join(process.cwd(), 'docs', 'check_problem.py');
const hasNumpy = spawnSync(python, ['-c', 'import numpy']).status === 0;
const itWithNumpy = hasNumpy ? it : it.skip;

function check(problem: Problem, solution: Solution): { code: number | null; output: string } {
  const input = JSON.stringify({ problem, solution });
  const { status, stdout, stderr } = spawnSync(python, [script, '-'], { input, encoding: 'utf8' });
  return { code: status, output: stdout + stderr };
}

describe(`docs/check_problem.py${hasNumpy ? '' : ` (${python} with numpy is not installed)`}`, () => {
  itWithNumpy('agrees with solutions and with proofs of infeasibility', () => {
    const statuses = new Set<string>();
    for (let seed = 0; seed < 12; seed += 1) {
      const problem = randomProblem(seed, { n: 10 });
      const solution = solve(problem);
      statuses.add(solution.status);
      expect(check(problem, solution)).toMatchObject({ code: 0 });
    }
    expect([...statuses].sort()).toEqual(['INFEASIBLE', 'OPTIMAL']);
  });

  itWithNumpy('agrees with relaxed limits', () => {
    const problem = { ...randomProblem(3, { n: 10, leverage: 3 }), turnover_max: 0.1 };
    const { solution } = solveElastic(problem);
    expect(solution.status).toBe('RELAXED');
    expect(check(problem, solution)).toMatchObject({ code: 0 });
  });

  itWithNumpy('refuses what is not so', () => {
    const problem: Problem = {
      format: 'coordination-problem/1',
      instruments: ['A'],
      alpha: [0.01],
      covariance: { loadings: [[0.1]], specific: [0.1] },
      risk_aversion: 1,
      initial: [0],
      lower: [0],
      upper: [1],
      invested: { min: 0, max: 1 },
    };
    const solution = solve(problem);
    expect(check(problem, solution).code).toBe(0);
    expect(check(problem, { ...solution, w: [0.5] }).code).toBe(1);
    expect(check(problem, { ...solution, w: [0], objective: 0 }).output).toMatch(/NOT WHAT IT CLAIMS/);
    expect(check({ ...problem, upper: [0.01] }, solution).output).toMatch(/limit broken +upper:A/);
    expect(check(problem, { ...solution, status: 'INFEASIBLE' }).code).toBe(1);
  });

  itWithNumpy('says when it cannot read the documents', () => {
    const { status } = spawnSync(python, [script, '-'], { input: '{"problem": {}}' });
    expect(status).toBe(2);
  });
});
