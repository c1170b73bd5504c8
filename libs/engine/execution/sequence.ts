import type { Mandate } from '../optimisation/mandate.js';
import { FillState } from './fill-state.js';

/** In which order instruments trade. */
export interface Sequence {
  /** instruments that trade, the most important first, each after the ones it depends on */
  readonly order: readonly number[];
  /** by instrument: the sales that must have filled before its order may start */
  readonly dependsOn: ReadonlyMap<number, readonly number[]>;
}

/**
 * Orders by the utility that would be lost without them, the cure of a broken position limit first, with the sales
 * that an order needs before it: whatever part of the orders has filled, each after what it depends on, cash is not
 * below the buffer, and no limit of the portfolio is broken beyond the state at the start. An order depends on all sales that
 * orders before it needed, since those may have used what they freed.
 *
 * @param trades signed shares, length n
 * @param losses utility lost if the trade were dropped, length n
 */
export function sequenceTrades(mandate: Mandate, trades: Float64Array, losses: Float64Array): Sequence {
  const curing = new Set(mandate.broken.filter(({ kind }) => kind === 'position').map(({ index }) => index));
  const traded = [...trades.keys()].filter((i) => trades[i] !== 0);
  traded.sort((a, b) => Number(curing.has(b)) - Number(curing.has(a)) || losses[b]! - losses[a]! || a - b);
  const sales = traded.filter((i) => trades[i]! < 0);
  const state = new FillState(mandate, trades);
  const order: number[] = [];
  const placed = new Set<number>();
  const required = new Set<number>();
  let needs: readonly number[] = [];
  const dependsOn = new Map<number, readonly number[]>();
  const place = (i: number): void => {
    if (!placed.has(i)) order.push(i);
    placed.add(i);
  };
  for (const i of traded) {
    if (trades[i]! < 0) {
      place(i);
      continue;
    }
    for (let excess = state.excessWith(i); excess !== null; excess = state.excessWith(i)) {
      const sale = sales.find((s) => !required.has(s) && state.relieves(s, excess));
      if (sale === undefined) break;
      required.add(sale);
      state.fill(sale);
      place(sale);
    }
    state.fill(i);
    place(i);
    if (needs.length < required.size) needs = [...required];
    if (needs.length > 0) dependsOn.set(i, needs);
  }
  return { order, dependsOn };
}
