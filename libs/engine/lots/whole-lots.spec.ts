import fc from 'fast-check';
import { evaluateUtility } from '../certificate/index.js';
import { given } from '../coordination.fixture.js';
import { type Mandate, mandateOf } from '../optimisation/index.js';
import { buildProblem } from '../optimisation/build-problem.js';
import { solveByPriority } from '../optimisation/relax.js';
import { weightBounds } from '../optimisation/weight-bounds.js';
import { buildUniverse } from '../risk/index.js';
import { synthesise } from '../signals/index.js';
import { solve } from '../solver/index.js';
import { verifyPortfolio } from '../verify/index.js';
import { LagrangianParts } from './lagrangian.js';
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

function portfolioOf(mandate: Mandate, trades: Float64Array): WholeLotPortfolio {
  const portfolio = new WholeLotPortfolio(mandate, new LimitHinges(mandate));
  trades.forEach((t, i) => {
    if (t !== 0) portfolio.apply(i, t);
  });
  return portfolio;
}

/** Lots of a hundred shares, a twentieth to a fifth of the account each, under limits that the positions often break. */
const overfull = fc.record({
  instruments: fc.array(
    fc.record({
      price: between(2, 6),
      lots: fc.integer({ min: 0, max: 3 }),
      sigma: between(0.008, 0.03),
      strength: between(0.3, 1),
      action: fc.constantFrom('BUY' as const, 'SELL' as const),
      sector: fc.constantFrom('a', 'b'),
    }),
    { minLength: 3, maxLength: 5 },
  ),
  spare: fc.integer({ min: 300, max: 2000 }),
  maxTurnover: between(0.03, 0.5),
  maxPositionSize: between(0.1, 0.5),
  maxSectorWeight: between(0.3, 0.7),
  riskAversion: between(1, 20),
  riskBudgetLimit: between(0.005, 0.035),
});

type Overfull = typeof overfull extends fc.Arbitrary<infer Value> ? Value : never;

function overfullMandate({ instruments, spare, ...parameters }: Overfull): Mandate {
  const ids = instruments.map((_, i) => `I${i}`);
  const input = given({
    instruments: instruments.map(({ price, lots, sigma, sector }, i) => ({ id: ids[i]!, price, held: 100 * lots, sigma, sector, adv: 1e9, lotSize: 100 })), // prettier-ignore
    cash: spare,
    signals: instruments.map(({ strength, action }, i) => ({ on: ids[i]!, strength, action })),
    parameters,
  });
  const built = buildUniverse(input);
  if (built.kind !== 'UNIVERSE') throw new Error(built.kind);
  return mandateOf(input, built.universe, synthesise(input, built.universe));
}

/** Over every portfolio of whole lots, the least violation and the best utility that goes with it. */
function leastBroken(mandate: Mandate): { violation: number; utility: number } {
  const { universe } = mandate;
  const bounds = weightBounds(mandate, new Uint8Array(universe.n));
  const choices = universe.ids.map((_, i) => allTrades(new TradeGrid(universe, mandate.parameters, bounds), i));
  const portfolio = new WholeLotPortfolio(mandate, new LimitHinges(mandate));
  const best = { violation: Infinity, utility: -Infinity };
  const visit = (i: number): void => {
    if (i < universe.n) {
      for (const t of choices[i]!) {
        portfolio.apply(i, t);
        visit(i + 1);
      }
      return;
    }
    const { violation, utility } = portfolio;
    if (violation > best.violation * (1 + 1e-9)) return;
    if (violation >= best.violation * (1 - 1e-9) && utility <= best.utility) return;
    best.violation = violation;
    best.utility = utility;
  };
  visit(0);
  return best;
}

describe('whole lots of small accounts, against every possible portfolio', () => {
  it('are the best one', () => {
    const losses: number[] = [];
    fc.assert(
      fc.property(account, (world) => {
        const mandate = mandateFor(world);
        if (mandate.broken.length > 0) return;
        const bounds = weightBounds(mandate, new Uint8Array(mandate.universe.n));
        const solution = solve(buildProblem(mandate, bounds));
        const found = wholeLots(mandate, bounds, {
          ...solution,
          multipliers: { ...solution.multipliers, gains: [] },
          gain: solution.objective,
        });
        const best = enumerate(mandate);
        expect(found.utility).toBeCloseTo(portfolioOf(mandate, found.trades).utility, 12);
        losses.push(1e4 * (best - found.utility));
      }),
      { numRuns: 60, seed: 7 },
    );
    expect(losses.length).toBeGreaterThan(30);
    // in basis points; the verifier lets a limit be broken by rounding
    expect(Math.max(...losses)).toBeLessThan(1e-6);
  });

  it('break limits that are broken already as little as any portfolio, and are the best one of those', () => {
    let broken = 0;
    fc.assert(
      fc.property(overfull, (world) => {
        const mandate = overfullMandate(world);
        if (mandate.broken.length > 0) broken += 1;
        const bounds = weightBounds(mandate, new Uint8Array(mandate.universe.n));
        const { problem, solution } = solveByPriority(mandate, bounds, solve, []);
        const gain = solution.objective - evaluateUtility(problem, problem.initial).total;
        const multipliers = { ...solution.multipliers, gains: [] };
        const answer = { w: solution.w, multipliers, gain };
        const found = portfolioOf(mandate, wholeLots(mandate, bounds, answer).trades);
        const best = leastBroken(mandate);
        expect(found.violation).toBeLessThanOrEqual(best.violation * (1 + 1e-6));
        expect(1e4 * (best.utility - found.utility)).toBeLessThan(1e-6);
      }),
      { numRuns: 300, seed: 7 },
    );
    expect(broken).toBeGreaterThan(150);
  });

  it('lose against the continuous optimum at least what the parts of the Lagrangian say', () => {
    let checked = 0;
    fc.assert(
      fc.property(
        account,
        fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 5, maxLength: 5 }),
        (world, steps) => {
          const mandate = mandateFor(world);
          const { universe } = mandate;
          const bounds = weightBounds(mandate, new Uint8Array(universe.n));
          const solution = solve(buildProblem(mandate, bounds));
          const grid = new TradeGrid(universe, mandate.parameters, bounds);
          const parts = new LagrangianParts(mandate, bounds, solution.w, { ...solution.multipliers, gains: [] });
          const portfolio = new WholeLotPortfolio(mandate, new LimitHinges(mandate));
          const ideal = (i: number): number => ((solution.w[i]! - universe.w0[i]!) * universe.nav) / universe.price[i]!;
          let lost = 0;
          for (let i = 0; i < universe.n; i += 1) {
            let t = grid.toward(i, ideal(i));
            const step = steps[i]!;
            for (let s = 0; s < Math.abs(step); s += 1) t = grid.next(i, t, step > 0 ? 1 : -1);
            if (t !== 0) portfolio.apply(i, t);
            lost += parts.at(i, solution.w[i]!, ideal(i)) - parts.at(i, portfolio.weights[i]!, t);
          }
          if (mandate.broken.length > 0 || portfolio.violation > 0) return;
          checked += 1;
          expect(portfolio.utility + lost).toBeLessThanOrEqual(
            solution.objective + 1e-9 * Math.abs(solution.objective),
          );
        },
      ),
      { numRuns: 400, seed: 11 },
    );
    expect(checked).toBeGreaterThan(50);
  });
});
