import { exp2 } from '../numerics/index.js';
import type { ExecutionAlternative, ExecutionStrategy } from '../result.js';
import type { TradingTime } from './session.js';
import { remainingAfter } from './remaining.js';
import { optimalTrajectory } from './trajectory.js';
import type { VolumeCurve } from './volume.js';

/** One order as its schedule sees it. */
export interface OrderToWork {
  /** shares, > 0 */
  readonly quantity: number;
  readonly lot: number;
  /** of one day */
  readonly sigma: number;
  /** shares a day; Infinity where unknown */
  readonly adv: number;
  /** share of the expected volume that it may take; Infinity where unknown */
  readonly participation: number;
  /** half spread and fee, fraction of the price */
  readonly costLinear: number;
  /** lambda of Almgren and Chriss for the order's value, 1 / return */
  readonly riskAversion: number;
  /** what the trade is expected to earn, fraction of the price, and the half-life of that in days */
  readonly alpha: number;
  readonly halfLifeDays: number;
  /** the slot it starts in, and the number of slots in which it should be done */
  readonly first: number;
  readonly count: number;
}

/** A strategy worked out for an order. */
export interface WorkedOrder extends Omit<ExecutionAlternative, 'endAt'> {
  /** shares by slot from the order's first one, the last one above zero */
  readonly quantities: readonly number[];
  /** shares that the volume of all slots does not allow */
  readonly unplaced: number;
  /** expected cost, lost expected return and risk-averse charge for risk, fraction of the order's value */
  readonly objective: number;
}

const BASIS_POINTS = 1e4;
/** strategies this close in their objective are as good as each other: a hundredth of a basis point of the order */
const INDIFFERENCE = 1e-6;

/**
 * The ways of working an order, each within its share of the volume: evenly over time (TWAP), with the volume (VWAP), at
 * the highest participation until done (POV) and on the path of least expected cost plus lambda times variance
 * (Almgren and Chriss). The first of the list is the best; of those that are as good as it, the simplest.
 */
export function workOrder(order: OrderToWork, time: TradingTime, volume: VolumeCurve): WorkedOrder[] {
  const known = order.adv < Infinity;
  const worked = (strategy: ExecutionStrategy, remaining: ArrayLike<number>): WorkedOrder => {
    const { quantities, unplaced } = wholeLots(order, remaining, volume, time.last);
    return { strategy, quantities, unplaced, ...costsOf(order, quantities, time, volume) };
  };
  const all = [worked('TWAP', time.remaining(order.first, order.count))];
  if (known) {
    all.push(
      worked('VWAP', volume.remaining(order.first, order.count)),
      worked('POV', new Float64Array(order.count)),
      worked('ALMGREN_CHRISS', remainingAfter(almgrenChriss(order, time, volume))),
    );
  }
  const least = all.reduce((objective, each) => Math.min(objective, each.objective), Infinity);
  const chosen = all.find(({ objective }) => objective <= least + INDIFFERENCE)!;
  return [chosen, ...all.filter((each) => each !== chosen)];
}

/**
 * The path of least cost and risk. The square-root law of the utility's impact term, sigma sqrt(rate / ADV) of the price at
 * a rate in shares a day, costs a slot sigma sqrt(Q / V_s) n_s^(3/2) of the order's value: there is no constant eta of
 * Almgren and Chriss, but at an average rate v this impact is eta v with eta = sigma p / sqrt(v ADV). Waiting through slot s costs
 * lambda sigma^2 tau_s x_s^2 and what the signals' expected return loses in it by its half-life.
 */
function almgrenChriss(order: OrderToWork, time: TradingTime, volume: VolumeCurve): Float64Array {
  const { quantity, sigma, adv, participation, riskAversion, first, count } = order;
  const [impact, caps] = [new Float64Array(count), new Float64Array(count)];
  const [risk, drift] = [new Float64Array(count), new Float64Array(count)];
  const fading = fadingOf(order, time);
  for (let j = 0; j < count; j += 1) {
    const s = first + j;
    const shares = adv * volume.of(s);
    impact[j] = sigma * Math.sqrt(quantity / shares);
    caps[j] = (participation * shares) / quantity;
    risk[j] = riskAversion * sigma * sigma * time.slot(s).days;
    drift[j] = fading(s);
  }
  return optimalTrajectory({ exponent: 1.5, impact, risk, drift, caps });
}

/** What the expected return loses in slot s of the order's own time. */
function fadingOf({ alpha, halfLifeDays, first }: OrderToWork, time: TradingTime): (s: number) => number {
  if (!(alpha > 0) || halfLifeDays === Infinity) return () => 0;
  let [next, kept] = [first, alpha];
  const lost: number[] = [];
  return (s) => {
    for (; next <= s; next += 1) {
      const after = kept * exp2(-time.slot(next).days / halfLifeDays);
      lost.push(kept - after);
      kept = after;
    }
    return lost[s - first]!;
  };
}

/**
 * Whole lots along a path, within the volume of each slot; what does not fit moves on, beyond the last slot of the window where
 * it must, up to the last one there is. An odd lot goes with the last shares.
 *
 * @param remaining what should be left after each slot of the window, fractions of the order
 */
function wholeLots(order: OrderToWork, remaining: ArrayLike<number>, volume: VolumeCurve, last: number) {
  const { quantity, lot, adv, participation, first } = order;
  const quantities: number[] = [];
  let [done, allowance] = [0, 0];
  for (let j = 0; done < quantity && first + j < last; j += 1) {
    const left = quantity - done;
    const due = left - quantity * (remaining[j] ?? 0);
    allowance += adv === Infinity ? Infinity : participation * adv * volume.of(first + j);
    const lots = j < remaining.length - 1 ? Math.round(due / lot) : Math.ceil(left / lot);
    const wanted = Math.max(0, Math.min(left, lots * lot));
    const within = Math.min(left, lot * Math.floor(allowance / lot + ROUNDING));
    const sliced = wanted <= allowance ? wanted : within;
    quantities.push(sliced);
    done += sliced;
    // a slot's volume may be less than a lot: then what is not used adds up until it is one
    allowance = Math.max(0, Math.min(allowance - sliced, lot));
  }
  while (quantities.length > 0 && quantities[quantities.length - 1] === 0) quantities.pop();
  return { quantities, unplaced: quantity - done };
}

/** of a lot: lets through an order of exactly the volume */
const ROUNDING = 1e-9;

/**
 * Spread, fee and the square-root law at each slot's rate, fractions of the amount traded; and sigma sqrt(sum tau_s x_s^2), x_s
 * what is left after slot s (Almgren and Chriss 2000, equation 5).
 */
function costsOf(order: OrderToWork, quantities: readonly number[], time: TradingTime, volume: VolumeCurve) {
  const { quantity, sigma, adv, costLinear, riskAversion, first } = order;
  const fading = fadingOf(order, time);
  let [left, impact, variance, lost] = [quantity, 0, 0, 0];
  quantities.forEach((traded, j) => {
    left -= traded;
    const part = left / quantity;
    if (traded > 0 && adv < Infinity) {
      impact += (traded / quantity) * sigma * Math.sqrt(traded / (adv * volume.of(first + j)));
    }
    variance += sigma * sigma * time.slot(first + j).days * part * part;
    lost += fading(first + j) * part;
  });
  return {
    expectedCostBps: BASIS_POINTS * (costLinear + impact),
    costStdBps: BASIS_POINTS * Math.sqrt(variance),
    objective: costLinear + impact + lost + riskAversion * variance,
  };
}
