import {
  costOf,
  fillAdversely,
  type FillableOrder,
  LimitChecker,
  RandomStream,
  randomOrders,
  tightBook,
} from '#testing';
import { coordinate } from '../coordinate.js';
import type { CoordinationInput } from '../input.js';
import { solve } from '../solver/index.js';
import { type RemainingOrder, replanExecution } from './replan.js';

/** ways of filling each plan */
const WAYS = 6;

function fillable(input: CoordinationInput, order: RemainingOrder, dependsOn: readonly string[]): FillableOrder {
  const { decisionId, instrumentId, quantity } = order;
  return { id: decisionId, instrumentId, quantity, dependsOn, cost: costOf(input, order, quantity) };
}

function expectKept(input: CoordinationInput, orders: readonly FillableOrder[], seed: number): number {
  const checker = new LimitChecker(input);
  const random = new RandomStream(seed);
  for (let way = 0; way < WAYS; way += 1) {
    expect(fillAdversely(checker, input, orders, random)).toBeNull();
  }
  return orders.filter(({ dependsOn }) => dependsOn.length > 0).length;
}

describe('whatever part of a plan has filled', () => {
  it('no limit is broken that the start did not break: decisions', () => {
    let [waiting, traded] = [0, 0];
    for (let seed = 1; seed <= 40; seed += 1) {
      const input = tightBook(seed);
      const result = coordinate(input, solve, { limitsRemoved: 0, impactAssessment: false });
      if ('invalid' in result) throw new Error(result.invalid.kind);
      if (result.warnings.some((warning) => warning.startsWith('No order of the trades'))) continue;
      const decisions = result.decisions.filter(({ action }) => action !== 'HOLD');
      traded += decisions.length;
      waiting += expectKept(
        input,
        decisions.map(({ decisionId, instrumentId, action, quantity, timing }) => {
          const signed = action === 'SELL' ? -quantity : quantity;
          return fillable(input, { decisionId, instrumentId, quantity: signed }, timing.dependsOn);
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
      const input = tightBook(1000 + seed);
      const random = new RandomStream(seed);
      const remaining = randomOrders(input, random);
      const replanned = replanExecution(input, remaining);
      if ('invalid' in replanned) throw new Error(replanned.invalid.kind);
      for (const { decisionId, quantity } of remaining) {
        const parts = [...replanned.plans, ...replanned.released].filter((part) => part.decisionId === decisionId);
        expect(parts.reduce((sum, part) => sum + part.quantity, 0)).toBe(quantity);
      }
      const orders = replanned.plans.map((plan) => fillable(input, plan, plan.timing.dependsOn));
      waiting += expectKept(input, orders, seed);
    }
    expect(waiting).toBeGreaterThan(50);
  });
});
