import type { Parameters } from '../input.js';
import type { WeightBounds } from '../optimisation/weight-bounds.js';
import type { Universe } from '../universe.js';

/** Fractions of a lot below this are rounding. */
const LOT_TOLERANCE = 1e-9;
/** The solver's answers are exact to about this fraction of a lot where a lot is a large share of a bound. */
const SNAP = 1e-6;

/**
 * The trades that an order can be: nothing, a whole number of lots of at least the minimum notional, or the sale (or
 * cover) of everything held, which may end in an odd lot. Quantities are signed shares, within the bounds on weights.
 */
export class TradeGrid {
  private readonly lot: Float64Array;
  /** smallest whole-lot order */
  private readonly least: Float64Array;
  /** the trade that closes the position, 0 where it would be no order of its own */
  private readonly close: Float64Array;
  private readonly low: Float64Array;
  private readonly high: Float64Array;

  constructor(universe: Universe, { minTradeNotional }: Pick<Parameters, 'minTradeNotional'>, bounds: WeightBounds) {
    const { n, nav, price, quantity, w0 } = universe;
    this.lot = universe.lotSize;
    this.least = new Float64Array(n);
    this.close = new Float64Array(n);
    this.low = new Float64Array(n);
    this.high = new Float64Array(n);
    for (let i = 0; i < n; i += 1) {
      const [p, lot] = [price[i]!, this.lot[i]!];
      const shares = nav / p;
      this.least[i] = lot * Math.max(1, Math.ceil(minTradeNotional / (p * lot) - LOT_TOLERANCE));
      this.low[i] = Math.min(0, (bounds.lower[i]! - w0[i]!) * shares) - LOT_TOLERANCE * lot;
      this.high[i] = Math.max(0, (bounds.upper[i]! - w0[i]!) * shares) + LOT_TOLERANCE * lot;
      const whole = Math.abs(quantity[i]!) * p >= minTradeNotional ? -quantity[i]! : 0;
      this.close[i] = whole >= this.low[i]! && whole <= this.high[i]! ? whole : 0;
    }
  }

  /** The nearest trade beyond t in the direction; t itself where there is none. */
  next(i: number, t: number, direction: 1 | -1): number {
    if (direction > 0) return this.above(i, t, this.close[i]!, this.high[i]!);
    return 0 - this.above(i, -t, -this.close[i]!, -this.low[i]!);
  }

  /** The largest trade toward `ideal` that does not go beyond it. */
  toward(i: number, ideal: number): number {
    const lot = this.lot[i]!;
    const side = Math.sign(ideal);
    const size = Math.min(Math.abs(ideal) + SNAP * lot, side > 0 ? this.high[i]! : -this.low[i]!);
    const whole = lot * Math.floor(size / lot);
    const order = whole >= this.least[i]! ? whole : 0;
    const close = side * this.close[i]!;
    return side * (close > order && close <= size ? close : order) + 0;
  }

  /** The smallest trade that goes at least as far as `ideal`, or the largest possible. */
  atLeast(i: number, ideal: number): number {
    const t = this.toward(i, ideal);
    const reached = Math.abs(t) >= Math.abs(ideal) - SNAP * this.lot[i]!;
    return reached ? t : this.next(i, t, ideal > 0 ? 1 : -1);
  }

  private above(i: number, t: number, close: number, high: number): number {
    const lot = this.lot[i]!;
    const least = this.least[i]!;
    let next = lot * (Math.floor(t / lot + LOT_TOLERANCE) + 1);
    if (next < 0 && next > -least) next = 0;
    if (next > 0 && next < least) next = t < 0 ? 0 : least;
    const gap = LOT_TOLERANCE * lot;
    if (close !== 0 && close > t + gap && close < next - gap) next = close;
    return next <= high ? next + 0 : t;
  }
}
