import type { Mandate } from '../optimisation/mandate.js';
import { LinearLimits } from './linear-limits.js';
import { RiskLimit } from './risk-limit.js';

/** A limit of the whole portfolio that some fills would break: `cash`, `gross`, `risk`, `sector:NAME`. */
export type LimitName = string;

/**
 * What the limits can come to over every fill that the dependencies allow. Orders are of levels: r_1, r_2, ... are the orders that
 * others wait for, in this order, and one of level p may start when r_1 ... r_p have filled; each may then fill in any part.
 * So the portfolios that can be are, for some q, those with r_1 ... r_q filled and any part of the others of level q or less. A limit
 * on a sum is largest where those fill that raise it; the variance is convex and so largest at a corner, of which there is a bound.
 */
export class FillBounds {
  /** r_1, r_2, ... */
  readonly required: number[] = [];
  private readonly levels = new Map<number, number>();
  private readonly linear: LinearLimits;
  private readonly risk: RiskLimit;

  /** @param trades signed shares, length n: the whole of each order */
  constructor(mandate: Mandate, trades: Float64Array) {
    this.linear = new LinearLimits(mandate, trades);
    this.risk = new RiskLimit(mandate, trades);
  }

  /** r_1 ... r_p of a placed order's level p */
  requiredOf(i: number): readonly number[] {
    return this.required.slice(0, this.levels.get(i));
  }

  isPlaced(i: number): boolean {
    return this.levels.has(i);
  }

  /** Places an order at the lowest level at which no fills break a limit; else names a limit that some would break. */
  place(i: number): LimitName | null {
    let level: number = this.required.length;
    const limit = this.excessAt(level, i);
    if (limit !== null) return limit;
    while (level > 0 && this.excessAt(level - 1, i) === null) level -= 1;
    this.placeAt(i, level);
    return null;
  }

  /** Places an order after all those that are required, whatever it breaks. */
  placeLast(i: number): void {
    this.placeAt(i, this.required.length);
  }

  /** Whether filling all of an order makes room under the limit. */
  relieves(i: number, limit: LimitName): boolean {
    return limit === 'risk' ? this.risk.relieves(i) : this.linear.relieves(i, limit);
  }

  /** Makes a placed order the next one that others wait for. */
  require(i: number): void {
    this.required.push(i);
    this.linear.require(i);
    this.risk.require(i);
  }

  private excessAt(level: number, i: number): LimitName | null {
    return this.linear.excessAt(level, i) ?? this.risk.excessAt(level, i);
  }

  private placeAt(i: number, level: number): void {
    this.levels.set(i, level);
    this.linear.place(i, level);
    this.risk.place(i, level);
  }
}
