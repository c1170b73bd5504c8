import { type CoordinationInput, type RemainingOrder, replanExecution } from '#engine';
import { generatedInput, RandomStream } from '#testing';
import { type Bench, quantile } from '../bench.js';

const ORDERS = 100;
const ALLOWED_MS = 5;
const ROUNDS = 200;
const WARM_UP_MS = 3000;

/**
 * The execution plans of 100 orders in slices of half an hour, from the portfolio to the dependencies and slices: where all may
 * fill together, where buys wait for sales, and where the risk limit binds.
 */
export const bench: Bench = {
  name: 'execution',
  run(emit) {
    const cases = [
      { name: 'ample cash', input: bookOf(0.3, 0.05), sells: 0.3 },
      { name: 'buys wait for sales', input: bookOf(0.985, 0.05), sells: 0.5 },
      { name: 'risk limit binds', input: bookOf(0.6, 0.0125), sells: 0.3 },
    ].map(({ name, input, sells }) => ({ name, input, orders: ordersOn(input, sells), times: [] as number[] }));
    const warmedUp = performance.now() + WARM_UP_MS;
    while (performance.now() < warmedUp) cases.forEach(({ input, orders }) => replanExecution(input, orders));
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const { input, orders, times } of cases) {
        const start = performance.now();
        replanExecution(input, orders);
        times.push(performance.now() - start);
      }
    }
    for (const { name, times } of cases) {
      for (const [metric, q] of [
        ['median', 0.5],
        ['p99', 0.99],
      ] as const) {
        emit({ case: name, metric, unit: 'ms', ours: quantile(times, q), peer: ALLOWED_MS, peer_name: 'allowed' });
      }
    }
  },
};

function bookOf(invested: number, riskBudgetLimit: number): CoordinationInput {
  const parameters = { maxPositionSize: 0.05, maxTurnover: 2, maxSectorWeight: 1, riskBudgetLimit, cashBuffer: 0.01 };
  return generatedInput({ seed: 7, instruments: ORDERS, signals: ORDERS, invested, held: 0.7, parameters });
}

/** An order on every instrument of about a hundredth of the portfolio; of those held the given share is sold. */
function ordersOn({ portfolio, market }: CoordinationInput, sells: number): RemainingOrder[] {
  const random = new RandomStream(11);
  const held = new Map(portfolio.positions.map(({ instrumentId, quantity }) => [instrumentId, quantity]));
  return market.requestFacts.map(({ instrumentId, price }) => {
    const size = Math.max(1, Math.floor((50_000_000 * random.between(0.001, 0.01)) / price!));
    const own = held.get(instrumentId) ?? 0;
    const quantity = own > 0 && random.chance(sells) ? -Math.min(own, size) : size;
    return { decisionId: instrumentId, instrumentId, quantity };
  });
}
