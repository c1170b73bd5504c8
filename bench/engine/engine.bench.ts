import { coordinate, type CoordinationInput, type Optimiser, type Problem, solve, solveCertified } from '#engine';
import { generatedInput } from '#testing';
import { quantile, type Bench } from '../bench.js';

const CASES = [
  { signals: 100, instruments: 500 },
  { signals: 1000, instruments: 2000 },
] as const;
/** different books, so that no measurement is of one lucky input */
const BOOKS = 5;
/** what a service has behind it after a few hundred requests: the compiler has seen all of the engine */
const WARM_UP_MS = 5000;
const ROUNDS = 30;
const PEER = 'solver-only';

const optimiser: Optimiser = (problem, options) => solveCertified(problem, null, options);

interface Book {
  readonly input: CoordinationInput;
  readonly problem: Problem;
}

/**
 * The whole engine on one core, from signals, portfolio and market to explained decisions in whole lots, beside one
 * solve of the same optimisation problem by the engine's own solver. Everything that the engine does around that solve
 * (and the solves again without a limit) shows in the ratio.
 */
export const bench: Bench = {
  name: 'engine',
  run(emit) {
    for (const { signals, instruments } of CASES) {
      const books = Array.from({ length: BOOKS }, (_, seed) => bookOf(seed + 1, signals, instruments));
      const [whole, alone]: [number[], number[]] = [[], []];
      const warmedUp = performance.now() + WARM_UP_MS;
      while (performance.now() < warmedUp) books.forEach(measure);
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const [engineMs, solverMs] of books.map(measure)) {
          whole.push(engineMs);
          alone.push(solverMs);
        }
      }
      for (const [metric, q] of [
        ['median', 0.5],
        ['p99', 0.99],
      ] as const) {
        // prettier-ignore
        emit({
          case: `${signals} signals, ${instruments} instruments`,
          metric,
          unit: 'ms',
          ours: quantile(whole, q),
          peer: quantile(alone, q),
          peer_name: PEER,
        });
      }
    }
  },
};

/** Milliseconds of the whole engine, and of one solve. */
function measure({ input, problem }: Book): [number, number] {
  return [timed(() => coordinate(input, optimiser)), timed(() => solve(problem))];
}

function bookOf(seed: number, signals: number, instruments: number): Book {
  const input = generatedInput({ seed, signals, instruments, blemishes: true });
  const result = coordinate(input, optimiser);
  if ('invalid' in result) throw new Error(`book ${seed}: ${result.invalid.kind}`);
  if (result.status !== 'OPTIMAL' || result.solution.solver.includes('uncertified')) {
    throw new Error(`book ${seed}: ${result.status} by ${result.solution.solver}`);
  }
  return { input, problem: result.problem };
}

function timed(run: () => unknown): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}
