import { fillAdversely, type FillableOrder, generatedInput, LimitChecker, RandomStream } from '#testing';
import { coordinate } from '../coordinate.js';
import type { CoordinationInput } from '../input.js';
import { solve } from '../solver/index.js';
import { type RemainingOrder, replanExecution } from './replan.js';

const BASIS_POINTS = 1e4;
/** ways of filling each plan */
const WAYS = 6;

/** A book whose limits are near: little cash, a tight sector or risk limit, in some shorts and gross exposure. */
function tightInput(seed: number): CoordinationInput {
  const random = new RandomStream(seed);
  const short = random.chance(0.4);
  return generatedInput({
    seed,
    instruments: 6 + random.integer(20),
    signals: 10 + random.integer(20),
    nav: 1e7,
    invested: random.between(0.8, 0.99),
    held: random.between(0.3, 0.8),
    largestWeight: 0.15,
    short: short ? 0.4 : 0,
    parameters: {
      maxPositionSize: 0.2,
      maxTurnover: 2,
      maxParticipation: 0.5,
      cashBuffer: random.between(0, 0.02),
      correlationThreshold: 1,
      riskBudgetLimit: random.between(0.006, 0.03),
      maxSectorWeight: random.between(0.15, 0.6),
      tradeUniverse: random.pick(['SIGNALLED', 'ALL']),
      allowShort: short,
      maxGross: random.between(0.7, 1.2),
    },
  });
}

function costOf(input: CoordinationInput, nav: number, instrumentId: string, quantity: number): number {
  const { price, volatility, adv, halfSpread } = input.market.requestFacts.find(
    (facts) => facts.instrumentId === instrumentId,
  )!;
  const size = Math.abs(quantity);
  const rate = halfSpread! + input.parameters.feeBps / BASIS_POINTS + volatility! * Math.sqrt(size / adv!);
  return Math.min(rate * size * price!, nav);
}

function fillable(
  input: CoordinationInput,
  nav: number,
  remaining: RemainingOrder,
  dependsOn: readonly string[],
): FillableOrder {
  const { decisionId, instrumentId, quantity } = remaining;
  return { id: decisionId, instrumentId, quantity, dependsOn, cost: costOf(input, nav, instrumentId, quantity) };
}

function expectKept(input: CoordinationInput, orders: (nav: number) => FillableOrder[], seed: number): number {
  const checker = new LimitChecker(input);
  const random = new RandomStream(seed);
  const fillables = orders(checker.nav);
  for (let way = 0; way < WAYS; way += 1) {
    expect(fillAdversely(checker, input, fillables, random)).toBeNull();
  }
  return fillables.filter(({ dependsOn }) => dependsOn.length > 0).length;
}

describe('whatever part of a plan has filled', () => {
  it('no limit is broken that the start did not break: decisions', () => {
    let [waiting, traded] = [0, 0];
    for (let seed = 1; seed <= 40; seed += 1) {
      const input = tightInput(seed);
      const result = coordinate(input, solve, { limitsRemoved: 0, impactAssessment: false });
      if ('invalid' in result) throw new Error(result.invalid.kind);
      if (result.warnings.some((warning) => warning.startsWith('No order of the trades'))) continue;
      const decisions = result.decisions.filter(({ action }) => action !== 'HOLD');
      traded += decisions.length;
      waiting += expectKept(
        input,
        (nav) =>
          decisions.map(({ decisionId, instrumentId, action, quantity, timing }) => {
            const signed = action === 'SELL' ? -quantity : quantity;
            return fillable(input, nav, { decisionId, instrumentId, quantity: signed }, timing.dependsOn);
          }),
        seed,
      );
    }
    expect(traded).toBeGreaterThan(200);
    expect(waiting).toBeGreaterThan(20);
  });

  it('no limit is broken that the start did not break: any orders planned again', () => {
    let waiting = 0;
    for (let seed = 1; seed <= 80; seed += 1) {
      const input = tightInput(1000 + seed);
      const random = new RandomStream(seed);
      const held = new Map(input.portfolio.positions.map(({ instrumentId, quantity }) => [instrumentId, quantity]));
      const remaining = input.market.requestFacts
        .filter(() => random.chance(0.6))
        .map(({ instrumentId, price }): RemainingOrder => {
          const target = Math.floor((1e7 * random.between(input.parameters.allowShort ? -0.2 : 0, 0.2)) / price!);
          return { decisionId: instrumentId, instrumentId, quantity: target - (held.get(instrumentId) ?? 0) };
        });
      const replanned = replanExecution(input, remaining);
      if ('invalid' in replanned) throw new Error(replanned.invalid.kind);
      for (const { decisionId, quantity } of remaining) {
        const parts = [...replanned.plans, ...replanned.released].filter((part) => part.decisionId === decisionId);
        expect(parts.reduce((sum, part) => sum + part.quantity, 0)).toBe(quantity);
      }
      const planOf = (nav: number): FillableOrder[] =>
        replanned.plans.map((plan) => fillable(input, nav, plan, plan.timing.dependsOn));
      waiting += expectKept(input, planOf, seed);
    }
    expect(waiting).toBeGreaterThan(50);
  });
});
