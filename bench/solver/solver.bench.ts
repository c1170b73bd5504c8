import { solve, verifySolution, type Optimiser, type Problem, type Solution } from '#engine';
import { createReferenceSolver } from '#reference-solver';
import { quantile, type Bench } from '../bench.js';
import { comparePythonPeers } from '../peers/compare.js';
import { PythonPeers } from '../peers/python-peers.js';
import { benchmarkProblem, type ProblemKind } from './problems.js';

const SIZES = [100, 500, 1000, 5000, 10000];
const KINDS: readonly (readonly [string, ProblemKind])[] = [
  ['base', { tight: false, qp: false }],
  ['tight', { tight: true, qp: false }],
  ['qp base', { tight: false, qp: true }],
  ['qp tight', { tight: true, qp: true }],
];
const PEER = 'clarabel-wasm';
/** beyond it cvxpy takes minutes and gigabytes to begin */
const PYTHON_SIZE_MAX = 1000;
const WARM_UP_MS = 300;
const BUDGET_MS = 3000;
const RUNS_MAX = 31;
const RUNS_MIN = 3;

/**
 * One solve of the coordination problem (3/2 impact, sector caps, turnover, volatility) beside Clarabel in WASM.
 * Both start from the parsed document and end with an answer whose gap and limits the certificate has checked once,
 * outside the measured time; Clarabel at its default gap of 1e-8. Where a Python has them, also beside Clarabel and
 * PIQP natively and cvxpy.
 */
export const bench: Bench = {
  name: 'solver',
  async run(emit) {
    const peer = await createReferenceSolver([{ tolerance: 1e-8, unit: 0.01 }]);
    const python = await PythonPeers.open();
    for (const [kind, options] of KINDS) {
      for (const n of SIZES) {
        const problem = benchmarkProblem(n, options);
        const caseName = `${kind} n=${n}`;
        requireCertified(problem, solve(problem), caseName);
        if (n <= PYTHON_SIZE_MAX) await comparePythonPeers(python, caseName, problem, emit);
        if (!isCertified(problem, peer(problem))) {
          const ours = median(() => solve(problem)).toPrecision(3);
          console.error(`${caseName}: ours ${ours} ms; ${PEER} is skipped, it finds no solution`);
          continue;
        }
        const { ours, theirs } = alternate(problem, peer);
        emit({ case: caseName, metric: 'median', unit: 'ms', ours, peer: theirs, peer_name: PEER });
      }
    }
    python.close();
  },
};

function alternate(problem: Problem, peer: Optimiser): { ours: number; theirs: number } {
  const [own, other]: [number[], number[]] = [[], []];
  warmUp(() => solve(problem));
  const end = performance.now() + BUDGET_MS;
  while (own.length < RUNS_MIN || (own.length < RUNS_MAX && performance.now() < end)) {
    own.push(timed(() => solve(problem)));
    other.push(timed(() => peer(problem)));
  }
  return { ours: quantile(own, 0.5), theirs: quantile(other, 0.5) };
}

function median(run: () => Solution): number {
  warmUp(run);
  return quantile(Array.from({ length: 9 }, () => timed(run)), 0.5); // prettier-ignore
}

function warmUp(run: () => Solution): void {
  const end = performance.now() + WARM_UP_MS;
  do run();
  while (performance.now() < end);
}

function timed(run: () => Solution): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

function requireCertified(problem: Problem, solution: Solution, caseName: string): void {
  if (!isCertified(problem, solution)) throw new Error(`${caseName}: the solution is not certified`);
}

function isCertified(problem: Problem, solution: Solution): boolean {
  const { gap_relative, violation_max } = verifySolution(problem, solution);
  return solution.status === 'OPTIMAL' && gap_relative <= 1e-6 && violation_max <= 1e-7;
}
