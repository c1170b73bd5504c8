import { ln } from '../numerics/index.js';
import type { Mandate } from '../optimisation/mandate.js';
import type { TimingRecommendation } from '../result.js';
import type { Sequence } from './sequence.js';
import { type Session, sliceStart, slicesIn } from './session.js';
import { remainingShares } from './trajectory.js';
import { type Haste, hastes, type Urgency } from './urgency.js';

/**
 * Risk aversion of the schedule per unit of NAV: far above the portfolio's, for the risk of a slow execution is not
 * rewarded.
 */
const SCHEDULE_AVERSION: Readonly<Record<Urgency, number>> = { LOW: 100, MEDIUM: 1000, HIGH: 10_000 };
const BASIS_POINTS = 1e4;

/** One order's plan in slices of the session; the decisions it depends on are named by their instruments. */
export interface OrderPlan extends Omit<TimingRecommendation, 'dependsOn'> {
  readonly dependsOn: readonly number[];
}

/**
 * A trajectory for every order. Sales that others wait for are done in the first half of the session, those that wait
 * in what is left after them; an order whose volume does not fit runs on into the following days.
 *
 * @returns by instrument
 */
export function scheduleOrders(
  mandate: Mandate,
  trades: Float64Array,
  { order, dependsOn }: Sequence,
  session: Session,
): Map<number, OrderPlan> {
  const haste = hastes(mandate, trades, session);
  const awaited = awaitedSales(dependsOn);
  const whole = slicesIn(session);
  const ends = new Map<number, number>();
  const plans = new Map<number, OrderPlan>();
  for (const i of order) {
    const needs = dependsOn.get(i) ?? [];
    const first = needs.reduce((latest, sale) => Math.max(latest, ends.get(sale)!), 0);
    const last = awaited.has(i) ? Math.floor(whole / 2) : whole;
    const plan = planOrder(mandate, i, trades[i]!, haste[i]!, session, first, Math.max(1, last - first));
    ends.set(i, plan.end);
    plans.set(i, { ...plan.plan, dependsOn: needs });
  }
  return plans;
}

/** Orders that need the same sales share the list of them. */
function awaitedSales(dependsOn: Sequence['dependsOn']): Set<number> {
  const awaited = new Set<number>();
  for (const needs of new Set(dependsOn.values())) for (const sale of needs) awaited.add(sale);
  return awaited;
}

function planOrder(
  mandate: Mandate,
  i: number,
  trade: number,
  haste: Haste,
  session: Session,
  first: number,
  count: number,
): { plan: Omit<OrderPlan, 'dependsOn'>; end: number } {
  const { universe, limits } = mandate;
  const quantity = Math.abs(trade);
  const perSlice = (limits.liquidity[i]! * universe.nav) / universe.price[i]! / slicesIn(session);
  const kappaT = decay(mandate, i, quantity, haste, count / session.slicesPerDay);
  const quantities = sliceQuantities(quantity, universe.lotSize[i]!, remainingShares(kappaT, count), perSlice);
  const slices = quantities
    .map((sliced, s) => ({ s: first + s, quantity: sliced }))
    .filter((slice) => slice.quantity > 0)
    .map((slice) => {
      const startAt = sliceStart(session, slice.s);
      return { startAt, endAt: startAt + session.sliceMs, quantity: slice.quantity };
    });
  return {
    plan: {
      urgency: haste.urgency,
      startAt: slices[0]!.startAt,
      endAt: slices[slices.length - 1]!.endAt,
      strategy: kappaT === 0 ? 'TWAP' : 'ALMGREN_CHRISS',
      slices,
      expectedCostBps: expectedCostBps(mandate, i, quantity, quantities, session),
      costStdBps: costStdBps(universe.sigma[i]!, quantity, quantities, session),
    },
    end: first + quantities.length,
  };
}

/**
 * kappa T: sqrt(lambda sigma^2 / eta) of Almgren and Chriss, eta the square-root law's impact per rate at the order's
 * average rate, joined by the decay of what the signals know. 0 where the volume is unknown.
 */
function decay(mandate: Mandate, i: number, quantity: number, { urgency, halfLifeDays }: Haste, days: number): number {
  const { sigma, adv, price, nav } = mandate.universe;
  if (adv[i] === Infinity) return 0;
  const rate = quantity / days;
  const risk = (SCHEDULE_AVERSION[urgency] * sigma[i]! * ((price[i]! * rate) / nav)) / Math.sqrt(rate / adv[i]!);
  const fading = ln(2) / halfLifeDays;
  return days * Math.sqrt(risk + fading * fading);
}

/**
 * Whole lots along the trajectory, within the volume of each slice; what does not fit moves on, beyond the last slice
 * where it must. An odd lot goes with the last shares.
 */
function sliceQuantities(quantity: number, lot: number, remaining: readonly number[], perSlice: number): number[] {
  const quantities: number[] = [];
  let [done, allowance] = [0, 0];
  // a slice's volume may be less than a lot: then what is not used adds up until it is one
  const most = remaining.length + Math.ceil(quantity / perSlice) + Math.ceil(quantity / lot);
  for (let s = 0; done < quantity && s < most; s += 1) {
    const due = quantity * (1 - (remaining[s] ?? 0)) - done;
    allowance += perSlice;
    const left = quantity - done;
    const lots = s < remaining.length - 1 ? Math.round(due / lot) : Math.ceil(left / lot);
    const wanted = Math.min(left, lots * lot);
    const sliced = wanted <= allowance ? wanted : Math.min(left, lot * Math.floor(allowance / lot));
    quantities.push(Math.max(0, sliced));
    done += Math.max(0, sliced);
    allowance = Math.min(allowance - Math.max(0, sliced), lot);
  }
  const last = quantities.length - 1;
  quantities[last]! += quantity - done;
  return quantities;
}

/** Spread, fee and the square-root law at each slice's rate, of the amount traded. */
function expectedCostBps(
  mandate: Mandate,
  i: number,
  quantity: number,
  slices: readonly number[],
  session: Session,
): number {
  const { sigma, adv } = mandate.universe;
  const impact = slices.reduce((sum, sliced) => {
    const rate = sliced * session.slicesPerDay;
    return sliced > 0 ? sum + (sliced / quantity) * sigma[i]! * Math.sqrt(rate / adv[i]!) : sum;
  }, 0);
  return BASIS_POINTS * (mandate.costLinear[i]! + impact);
}

/** sigma sqrt(sum tau (x_j / X)^2), x_j what is left after slice j (Almgren and Chriss 2000, equation 5). */
function costStdBps(sigma: number, quantity: number, slices: readonly number[], session: Session): number {
  let [left, sum] = [quantity, 0];
  for (const sliced of slices) {
    left -= sliced;
    sum += (left / quantity) * (left / quantity);
  }
  return BASIS_POINTS * sigma * Math.sqrt(sum / session.slicesPerDay);
}
