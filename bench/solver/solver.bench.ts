import { solve, verifySolution, type Optimiser, type Problem, type Solution } from '#engine';
import { createReferenceSolver } from '#reference-solver';
import { quantile, type Bench, type BenchCase } from '../bench.js';
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
/** What our answers have to come up to, in relative gap and in weight; and what a peer's. */
const OURS = { gap: 1e-8, violation: 1e-8 };
const PEERS = { gap: 1e-6, violation: 1e-7 };
/** The growth of time with the number of instruments that the larger size is held against. */
const GROWTH = { from: 1000, to: 10000, exponent: 1.2 };

/**
 * One solve of the coordination problem (3/2 impact, sector caps, turnover, volatility) beside Clarabel in WASM.
 * Both start from the parsed document and end with an answer whose gap and limits the certificate has checked once,
 * outside the measured time; Clarabel at its default gap of 1e-8. Where a Python has them, also beside Clarabel and
 * PIQP natively and cvxpy, which keep a problem's structure and solve again for other alphas: so does ours there, and
 * cases that read the document every time say so in their name. The cases of growth set the time at the larger size beside what it would be if the time at the
 * smaller one grew with a power of the size.
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
        if (!isCertified(problem, peer(problem), PEERS)) {
          const ours = median(() => solve(problem)).toPrecision(3);
          console.error(`${caseName}: ours ${ours} ms; ${PEER} is skipped, it finds no solution`);
          continue;
        }
        const { ours, theirs } = alternate(problem, peer);
        emit({ case: caseName, metric: 'median', unit: 'ms', ours, peer: theirs, peer_name: PEER });
      }
      emit(growth(kind, options));
    }
    python.close();
  },
};

function growth(kind: string, options: ProblemKind): BenchCase {
  const { from, to, exponent } = GROWTH;
  const small = benchmarkProblem(from, options);
  const { ours, theirs } = alternate(benchmarkProblem(to, options), () => solve(small));
  return {
    case: `${kind} growth n=${from} to ${to}`,
    metric: 'median',
    unit: 'ms',
    ours,
    peer: theirs * (to / from) ** exponent,
    peer_name: `n^${exponent}`,
  };
}

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
  if (!isCertified(problem, solution, OURS)) throw new Error(`${caseName}: the solution is not certified`);
}

function isCertified(problem: Problem, solution: Solution, allowed: typeof OURS): boolean {
  const { gap_relative, violation_max } = verifySolution(problem, solution);
  return solution.status === 'OPTIMAL' && gap_relative <= allowed.gap && violation_max <= allowed.violation;
}
