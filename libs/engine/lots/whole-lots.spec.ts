import fc from 'fast-check';
import { given } from '../coordination.fixture.js';
import { type Mandate, mandateOf } from '../optimisation/index.js';
import { buildProblem } from '../optimisation/build-problem.js';
import { weightBounds } from '../optimisation/weight-bounds.js';
import { buildUniverse } from '../risk/index.js';
import { synthesise } from '../signals/index.js';
import { solve } from '../solver/index.js';
import { verifyPortfolio } from '../verify/index.js';
import { LimitHinges } from './limit-hinges.js';
import { TradeGrid } from './trade-grid.js';
import { wholeLots } from './index.js';
import { WholeLotPortfolio } from './whole-lot-portfolio.js';

/** Even over the range: fc.double prefers the smallest numbers there are. */
const between = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min: 0, max: 1000 }).map((part) => min + ((max - min) * part) / 1000);

/** A small account: a lot is one to four per cent of it, so that rounding matters. */
const account = fc.record({
  instruments: fc.array(
    fc.record({
      price: fc.integer({ min: 200, max: 600 }),
      lots: fc.integer({ min: 0, max: 3 }),
      sigma: between(0.008, 0.03),
      strength: between(0.3, 1),
      action: fc.constantFrom('BUY' as const, 'SELL' as const),
    }),
    { minLength: 3, maxLength: 5 },
  ),
  spare: fc.integer({ min: 300, max: 2000 }),
  maxTurnover: between(0.03, 0.3),
  maxPositionSize: between(0.3, 0.6),
  riskAversion: between(1, 20),
  riskBudgetLimit: between(0.02, 0.05),
});

type Account = typeof account extends fc.Arbitrary<infer Value> ? Value : never;

function mandateFor({ instruments, spare, ...parameters }: Account): Mandate {
  const ids = instruments.map((_, i) => `I${i}`);
  const input = given({
    instruments: instruments.map(({ price, lots, sigma }, i) => ({ id: ids[i]!, price, held: lots, sigma, adv: 1e9 })),
    cash: Math.max(0, spare),
    signals: instruments.map(({ strength, action }, i) => ({ on: ids[i]!, strength, action })),
    parameters,
  });
  const built = buildUniverse(input);
  if (built.kind !== 'UNIVERSE') throw new Error(built.kind);
  return mandateOf(input, built.universe, synthesise(input, built.universe));
}

/** The best utility over every portfolio of whole lots that the verifier accepts. */
function enumerate(mandate: Mandate): number {
  const { input, universe, synthesis } = mandate;
  const bounds = weightBounds(mandate, new Uint8Array(universe.n));
  const choices = universe.ids.map((_, i) => allTrades(new TradeGrid(universe, mandate.parameters, bounds), i));
  const portfolio = new WholeLotPortfolio(mandate, new LimitHinges(mandate));
  let best = -Infinity;
  const visit = (i: number): void => {
    if (i < universe.n) {
      for (const t of choices[i]!) {
        portfolio.apply(i, t);
        visit(i + 1);
      }
      return;
    }
    if (portfolio.utility <= best) return;
    const check = verifyPortfolio(input, universe, synthesis.accepted, portfolio.trades);
    if (check.refusals.length === 0) best = portfolio.utility;
  };
  visit(0);
  return best;
}

function allTrades(grid: TradeGrid, i: number): number[] {
  const trades = new Set([0]);
  for (const direction of [1, -1] as const) {
    for (let t = 0; ;) {
      const next = grid.next(i, t, direction);
      if (next === t) break;
      trades.add(next);
      t = next;
    }
  }
  return [...trades];
}

function utilityOf(mandate: Mandate, trades: Float64Array): number {
  const portfolio = new WholeLotPortfolio(mandate, new LimitHinges(mandate));
  trades.forEach((t, i) => {
    if (t !== 0) portfolio.apply(i, t);
  });
  return portfolio.utility;
}

describe('whole lots of small accounts, against every possible portfolio', () => {
  it('come within a basis point of the best one, mostly all the way', () => {
    const losses: number[] = [];
    fc.assert(
      fc.property(account, (world) => {
        const mandate = mandateFor(world);
        if (mandate.broken.length > 0) return;
        const bounds = weightBounds(mandate, new Uint8Array(mandate.universe.n));
        const solution = solve(buildProblem(mandate, bounds));
        const found = wholeLots(mandate, bounds, { ...solution, gain: solution.objective });
        const best = enumerate(mandate);
        expect(found.utility).toBeCloseTo(utilityOf(mandate, found.trades), 12);
        losses.push(1e4 * (best - found.utility));
      }),
      { numRuns: 60, seed: 7 },
    );
    expect(losses.length).toBeGreaterThan(30);
    losses.sort((a, b) => a - b);
    expect(losses[losses.length - 1]).toBeLessThan(1);
    expect(losses[Math.floor(0.9 * losses.length)]).toBeLessThan(1e-9);
  });
});
