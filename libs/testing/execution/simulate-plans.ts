import { coordinate, type CoordinationInput, type RemainingOrder, solve } from '#engine';
import { RandomStream } from '../generated/random-stream.js';
import { MarketSimulator, type SimulatedExecution } from './market-simulator.js';
import { randomOrders, tightBook } from './tight-book.js';

const CENTS = 100;

/** Executes the plans of so many seeds to their end and adds up what happened; faults name their seed. */
export function simulatePlans(firstSeed: number, count: number) {
  const faults: string[] = [];
  const reasons = new Set<string>();
  const events = { PRICE_MOVE: 0, GAP: 0, HALT: 0, DROUGHT: 0, PARTIAL_FILL: 0 };
  let [replans, ordered, filled] = [0, 0, 0];
  for (let seed = firstSeed; seed < firstSeed + count; seed += 1) {
    const random = new RandomStream(seed);
    const input = tightBook(seed, 10);
    // one in four executes what was decided, the others any orders
    const orders = seed % 4 === 0 ? decidedOrders(input) : randomOrders(input, random);
    const execution = new MarketSimulator(input, orders, random).run();
    faults.push(...execution.faults.map((fault) => `seed ${seed}: ${fault}`));
    faults.push(...accountsOf(input, execution).map((fault) => `seed ${seed}: ${fault}`));
    replans += execution.replans;
    execution.releasedFor.forEach((reason) => reasons.add(reason));
    for (const [event, times] of Object.entries(execution.events)) events[event as keyof typeof events] += times;
    for (const order of execution.orders.values()) {
      ordered += Math.abs(order.ordered);
      filled += Math.abs(order.filled);
    }
  }
  return { faults, reasons, events, replans, filled: filled / ordered };
}

function decidedOrders(input: CoordinationInput): RemainingOrder[] {
  const result = coordinate(input, solve, { limitsRemoved: 0, impactAssessment: false });
  if ('invalid' in result) throw new Error(result.invalid.kind);
  return result.decisions.map(({ decisionId, instrumentId, action, quantity }) => {
    return { decisionId, instrumentId, quantity: action === 'SELL' ? -quantity : quantity };
  });
}

/** Every share and every cent, counted again from the fills alone. */
function accountsOf(
  { portfolio }: CoordinationInput,
  { orders, fills, cashCents, shares }: SimulatedExecution,
): string[] {
  const faults: string[] = [];
  let cash = Math.round(portfolio.cash * CENTS);
  const held = new Map(portfolio.positions.map(({ instrumentId, quantity }) => [instrumentId, quantity]));
  const filled = new Map<string, number>();
  for (const { decisionId, instrumentId, quantity, valueCents, costCents } of fills) {
    cash -= valueCents + costCents;
    held.set(instrumentId, (held.get(instrumentId) ?? 0) + quantity);
    filled.set(decisionId, (filled.get(decisionId) ?? 0) + quantity);
  }
  if (cash !== cashCents) faults.push(`cash is ${cashCents}, the fills leave ${cash}`);
  for (const [id, quantity] of held) {
    if ((shares.get(id) ?? 0) !== quantity)
      faults.push(`${shares.get(id) ?? 0} shares of ${id}, the fills leave ${quantity}`);
  }
  for (const [id, order] of orders) {
    const accounted = (filled.get(id) ?? 0) + order.released + order.cancelled;
    if (accounted !== order.ordered) faults.push(`${accounted} of ${order.ordered} of ${id} are accounted for`);
    if (order.cancelled !== 0) faults.push(`${order.cancelled} of ${id} never found an end`);
  }
  return faults;
}
