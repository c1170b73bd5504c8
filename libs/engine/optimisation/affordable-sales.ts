import { type GainLimit, gainUsed, type TaxSchedule } from '../tax/index.js';
import type { Mandate } from './mandate.js';
import type { WeightBounds } from './weight-bounds.js';

/** Of a quantity: more than a share is of any position. */
const HALVINGS = 50;

/**
 * The bounds with every sale that realises gains cut to what the budgets have room for, those of the smallest gains for
 * a unit of weight first.
 *
 * @param w weights after the sales that are asked for, length n
 */
export function affordableSales(mandate: Mandate, bounds: WeightBounds, w: readonly number[]): WeightBounds {
  const { universe, limits, taxSchedules } = mandate;
  const { w0, price, nav } = universe;
  const [lower, upper] = [bounds.lower.slice(), bounds.upper.slice()];
  const room = limits.gains.map((limit) => limit.room);
  const used = (i: number, sold: number): number[] =>
    limits.gains.map((limit) => (gainUsed(limit, taxSchedules[i]!, sold) * price[i]!) / nav);
  const sales = [...w0.keys()]
    .filter((i) =>
      limits.gains.some((limit) => mayGain(limit, taxSchedules[i]!, sharesOf(universe, i, w0[i]! - lower[i]!))),
    )
    .map((i) => {
      const weight = Math.max(0, w0[i]! - w[i]!);
      const sold = sharesOf(universe, i, weight);
      const most = Math.max(...used(i, sold));
      return { i, sold, dearness: weight > 0 ? most / weight : 0 };
    })
    .sort((a, b) => a.dearness - b.dearness || a.i - b.i);
  for (const { i, sold } of sales) {
    const quantity = largest(sold, (q) => used(i, q).every((gain, g) => gain <= room[g]!));
    used(i, quantity).forEach((gain, g) => (room[g]! -= Math.max(0, gain)));
    // a lot more, for the cure that ends within one
    const most = quantity === sold && sold > 0 ? quantity + universe.lotSize[i]! : quantity;
    lower[i] = Math.max(lower[i]!, w0[i]! - (most * price[i]!) / nav);
    upper[i] = Math.max(upper[i]!, lower[i]);
  }
  return { lower, upper };
}

function sharesOf({ price, nav }: Mandate['universe'], i: number, weight: number): number {
  return (weight * nav) / price[i]!;
}

/** The largest quantity up to `most` that fits, by halving from one that does. */
function largest(most: number, fits: (quantity: number) => boolean): number {
  if (fits(most)) return most;
  let [low, high] = [0, most];
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const middle = (low + high) / 2;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** Whether any lot within the first shares of a sale has a gain that the limit counts. */
function mayGain({ terms }: GainLimit, { lots }: TaxSchedule, most: number): boolean {
  let before = 0;
  return lots.some(({ term, gain, quantity }) => {
    const reached = before < most;
    before += quantity;
    return reached && gain > 0 && terms.includes(term);
  });
}
