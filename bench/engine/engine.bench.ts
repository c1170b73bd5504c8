import { coordinate, type CoordinationInput, type Optimiser, type Problem, solve, solveCertified } from '#engine';
import { generatedInput } from '#testing';
import { quantile, type Bench } from '../bench.js';

const CASES = [
  { signals: 100, instruments: 500 },
  { signals: 1000, instruments: 2000 },
] as const;
/** different books, so that no measurement is of one lucky input */
const BOOKS = 5;
const WARM_UP_ROUNDS = 6;
const ROUNDS = 20;
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
      for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
        for (const { input, problem } of books) {
          const engineMs = timed(() => coordinate(input, optimiser));
          const solverMs = timed(() => solve(problem));
          if (round < 0) continue;
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
