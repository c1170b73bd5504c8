import { coordinate, type CoordinationInput, type Optimiser, type ReturnHistory, solveCertified } from '#engine';
import { generatedInput, RandomStream } from '#testing';
import { quantile, type Bench } from '../bench.js';

const INSTRUMENTS = 500;
const SIGNALS = 100;
const HISTORY_DAYS = 252;
/** what an assessment may add, ms */
const ALLOWED_MS = 3;
const BOOKS = 5;
const WARM_UP_MS = 5000;
const ROUNDS = 40;

const optimiser: Optimiser = (problem, options) => solveCertified(problem, null, options);

/**
 * The impact assessment within a coordination of 100 signals on 500 instruments with a year of returns: historical
 * simulation, stress, liquidity, before and after. The same coordination with and without it, alternately; `added` is the
 * median of the differences within a pair.
 */
export const bench: Bench = {
  name: 'impact',
  run(emit) {
    const books = Array.from({ length: BOOKS }, (_, seed) => bookOf(seed + 1));
    const warmedUp = performance.now() + WARM_UP_MS;
    for (let round = 0; performance.now() < warmedUp; round += 1) books.forEach((book) => measure(book, round));
    const [whole, bare, added]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const book of books) {
        const [withIt, without] = measure(book, round);
        whole.push(withIt);
        bare.push(without);
        added.push(withIt - without);
      }
    }
    const name = `${SIGNALS} signals, ${INSTRUMENTS} instruments, ${HISTORY_DAYS} days`;
    for (const [metric, q] of [
      ['median', 0.5],
      ['p99', 0.99],
    ] as const) {
      const [ours, peer] = [quantile(whole, q), quantile(bare, q)];
      emit({ case: name, metric, unit: 'ms', ours, peer, peer_name: 'without-assessment' });
    }
    emit({
      case: name,
      metric: 'added',
      unit: 'ms',
      ours: quantile(added, 0.5),
      peer: ALLOWED_MS,
      peer_name: 'allowed',
    });
  },
};

/** Milliseconds with the assessment and without it; every other round the other way round. */
function measure(input: CoordinationInput, round: number): [number, number] {
  if (round % 2 === 0) return [timed(input, true), timed(input, false)];
  const without = timed(input, false);
  return [timed(input, true), without];
}

function timed(input: CoordinationInput, impactAssessment: boolean): number {
  const start = performance.now();
  coordinate(input, optimiser, { impactAssessment });
  return performance.now() - start;
}

function bookOf(seed: number): CoordinationInput {
  const input = generatedInput({ seed, instruments: INSTRUMENTS, signals: SIGNALS });
  const instruments = input.market.requestFacts.map(({ instrumentId }) => instrumentId);
  return { ...input, market: { ...input.market, history: historyOf(new RandomStream(seed), instruments) } };
}

/** A year of returns with a hole in a hundred. */
function historyOf(random: RandomStream, instruments: readonly string[]): ReturnHistory {
  const dates = Array.from({ length: HISTORY_DAYS }, (_, t) => `day ${100 + t}`);
  const values = dates.map(() => instruments.map(() => (random.chance(0.01) ? null : 0.015 * random.normal())));
  return { dates, instruments, values };
}
