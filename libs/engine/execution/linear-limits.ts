import { LIMIT_TOLERANCE } from '../optimisation/limits.js';
import type { Mandate } from '../optimisation/mandate.js';

/** A limit on a sum over the instruments. */
interface LinearLimit {
  readonly name: string;
  /** what may not be passed: the bound, or the start's value where that breaks it */
  readonly max: number;
  /** by instrument: what the whole order adds; a part of it adds no more than the larger of that and 0 */
  readonly change: (i: number) => number;
  /** the largest value by level */
  readonly worst: number[];
}

/** Cash, sectors and gross exposure while orders fill: the largest that each can come to, by level. */
export class LinearLimits {
  /** only those that the orders can break at all */
  private readonly limits: readonly LinearLimit[];

  constructor(mandate: Mandate, trades: Float64Array) {
    const orders = [...trades.keys()].filter((i) => trades[i] !== 0);
    this.limits = limitsOf(mandate, trades).filter(({ max, change, worst: [start] }) => {
      const most = orders.reduce((sum, i) => sum + Math.max(0, change(i)), start!);
      return most > max + LIMIT_TOLERANCE;
    });
  }

  /** The limit that some fill breaks where the order is placed at the level, given that it fits at every higher one. */
  excessAt(level: number, i: number): string | null {
    for (const { name, max, change, worst } of this.limits) {
      const rise = change(i);
      if (rise > 0 && worst[level]! + rise > max + LIMIT_TOLERANCE) return name;
    }
    return null;
  }

  place(i: number, level: number): void {
    for (const { change, worst } of this.limits) {
      const rise = Math.max(0, change(i));
      for (let q = level; q < worst.length; q += 1) worst[q]! += rise;
    }
  }

  relieves(i: number, limit: string): boolean {
    return this.limits.some(({ name, change }) => name === limit && change(i) < 0);
  }

  /** A placed order is filled from the next level on. */
  require(i: number): void {
    for (const { change, worst } of this.limits) worst.push(worst[worst.length - 1]! + Math.min(0, change(i)));
  }
}

function limitsOf(mandate: Mandate, trades: Float64Array): LinearLimit[] {
  const { universe, limits, costLinear, costImpact } = mandate;
  const { w0, price, nav } = universe;
  const traded = (i: number): number => (trades[i]! * price[i]!) / nav;
  const limit = (name: string, start: number, bound: number, change: (i: number) => number): LinearLimit => ({
    name,
    max: Math.max(bound, start),
    change,
    worst: [start],
  });
  let [invested, gross] = [0, 0];
  for (const w of w0) {
    invested += w;
    gross += Math.abs(w);
  }
  return [
    limit('cash', invested, limits.investedMax, (i) => {
      const [x, size] = [traded(i), Math.abs(traded(i))];
      return x + size * (costLinear[i]! + costImpact[i]! * Math.sqrt(size));
    }),
    ...limits.sectors.map(({ sector, members, max }) => {
      const inSector = new Set(members);
      const start = members.reduce((sum, i) => sum + w0[i]!, 0);
      return limit(`sector:${sector}`, start, max, (i) => (inSector.has(i) ? traded(i) : 0));
    }),
    limit('gross', gross, limits.grossMax ?? Infinity, (i) => Math.abs(w0[i]! + traded(i)) - Math.abs(w0[i]!)),
  ];
}
