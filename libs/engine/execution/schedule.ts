import type { Mandate } from '../optimisation/mandate.js';
import type { TimingRecommendation } from '../result.js';
import type { Sequence } from './sequence.js';
import { type Session, TradingTime } from './session.js';
import { type OrderToWork, type WorkedOrder, workOrder } from './strategies.js';
import { whyChosen } from './why-chosen.js';
import { hastes, type Urgency } from './urgency.js';
import { volumeCurves } from './volume.js';

/**
 * Risk aversion of the schedule per unit of NAV: far above the portfolio's, for the risk of a slow execution is not
 * rewarded.
 */
const SCHEDULE_AVERSION: Readonly<Record<Urgency, number>> = { LOW: 100, MEDIUM: 1000, HIGH: 10_000 };

/** One order's plan in slices of the session; the decisions it depends on are named by their instruments. */
export interface OrderPlan extends Omit<TimingRecommendation, 'dependsOn'> {
  readonly dependsOn: readonly number[];
  /** shares for which there is no volume within the sessions */
  readonly unplaced: number;
}

/**
 * A plan for every order over the execution days. Orders that others wait for leave them their part of that time; an
 * order whose volume does not fit runs on into the following sessions.
 *
 * @param trades signed shares, length n
 * @returns by instrument
 */
export function scheduleOrders(
  mandate: Mandate,
  trades: Float64Array,
  { order, dependsOn }: Sequence,
  session: Session,
): Map<number, OrderPlan> {
  const time = new TradingTime(session);
  const curveOf = volumeCurves(mandate.input, time);
  const haste = hastes(mandate, trades, time.slot(time.horizon - 1).endAt);
  const waiting = waitingAfter(order, dependsOn);
  const ends = new Map<number, number>();
  const plans = new Map<number, OrderPlan>();
  for (const i of order) {
    const needs = dependsOn.get(i) ?? [];
    const first = needs.reduce((latest, need) => Math.max(latest, ends.get(need)!), 0);
    const count = Math.max(1, Math.floor((time.horizon - first) / (1 + waiting.get(i)!)));
    const { urgency, halfLifeDays } = haste[i]!;
    const toWork = orderToWork(mandate, i, trades[i]!, SCHEDULE_AVERSION[urgency], halfLifeDays, { first, count });
    const ways = workOrder(toWork, time, curveOf(mandate.universe.ids[i]!));
    ends.set(i, Math.min(first + ways[0]!.quantities.length, time.last - 1));
    plans.set(i, {
      urgency,
      ...planOf(ways, first, time),
      strategyReason: whyChosen(ways, urgency),
      dependsOn: needs,
      unplaced: ways[0]!.unplaced,
    });
  }
  return plans;
}

/** How many orders wait one after the other for each one. */
function waitingAfter(order: readonly number[], dependsOn: Sequence['dependsOn']): Map<number, number> {
  const waiting = new Map(order.map((i) => [i, 0]));
  for (const i of [...order].reverse()) {
    for (const need of dependsOn.get(i) ?? []) {
      waiting.set(need, Math.max(waiting.get(need)!, waiting.get(i)! + 1));
    }
  }
  return waiting;
}

function orderToWork(
  { universe, limits, alpha, parameters, costLinear }: Mandate,
  i: number,
  trade: number,
  aversion: number,
  halfLifeDays: number,
  window: { readonly first: number; readonly count: number },
): OrderToWork {
  const [price, adv] = [universe.price[i]!, universe.adv[i]!];
  const quantity = Math.abs(trade);
  return {
    quantity,
    lot: universe.lotSize[i]!,
    sigma: universe.sigma[i]!,
    adv,
    // what open orders of earlier coordinations leave of it
    participation: (limits.liquidity[i]! * universe.nav) / price / (adv * parameters.executionDays),
    costLinear: costLinear[i]!,
    riskAversion: (aversion * quantity * price) / universe.nav,
    alpha: alpha[i]! * Math.sign(trade),
    halfLifeDays,
    ...window,
  };
}

function planOf(ways: readonly WorkedOrder[], first: number, time: TradingTime) {
  const chosen = ways[0]!;
  const slices: TimingRecommendation['slices'][number][] = [];
  for (const [j, quantity] of chosen.quantities.entries()) {
    const { startAt, endAt } = time.slot(first + j);
    if (quantity > 0) slices.push({ startAt, endAt, quantity });
  }
  const none = time.slot(first);
  return {
    startAt: (slices[0] ?? none).startAt,
    endAt: (slices[slices.length - 1] ?? none).endAt,
    strategy: chosen.strategy,
    slices,
    expectedCostBps: chosen.expectedCostBps,
    costStdBps: chosen.costStdBps,
    alternatives: ways.slice(1).map(({ strategy, quantities, expectedCostBps, costStdBps }) => {
      const { endAt } = time.slot(first + Math.max(0, quantities.length - 1));
      return { strategy, expectedCostBps, costStdBps, endAt };
    }),
  };
}
