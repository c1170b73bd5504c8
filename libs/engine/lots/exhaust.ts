import type { Mandate } from '../optimisation/mandate.js';
import type { LagrangianParts } from './lagrangian.js';
import { pricedLimits, type PricedLimit } from './priced-limits.js';
import type { TradeGrid } from './trade-grid.js';
import { type LimitPrices, noChange, type WholeLotPortfolio } from './whole-lot-portfolio.js';

/** Gains below this (1e-9 bp of NAV) are rounding. */
const GAIN_MIN = 1e-13;
/** Sums of weights are exact to far less than this. */
const ROUNDING = 1e-12;
const INSTRUMENTS_MAX = 64;
const PLACES_MAX = 2000;
/** Most small accounts are done after a few hundred; what is not done by then keeps the best that was found. */
const NODES_MAX = 100_000;

/** A trade that an instrument of the best portfolio may have. */
interface Place {
  readonly trade: number;
  /** how far the instrument's part of the Lagrangian is below that of the continuous optimum */
  readonly loss: number;
  /** of each priced limit */
  readonly uses: readonly number[];
}

/** The continuous optimum. */
export interface Optimum {
  /** shares, length n */
  readonly trades: Float64Array;
  /** over w0 */
  readonly utility: number;
  readonly prices: LimitPrices;
  readonly parts: LagrangianParts;
}

/**
 * Looks through every whole-lot portfolio that could be better than the given one: those whose losses against the
 * continuous optimum (of the instruments' parts, and of what they leave of limits that have a price) add up to no more
 * than the given one's gap. Reduced-cost fixing with depth-first branch and bound (Wolsey, Integer Programming, chapter
 * 7). Small accounts, whose gap is large and whose choices are few, get their best portfolio this way. Bounded by a
 * number of steps.
 *
 * @param portfolio within all limits; left as the best that was found
 * @param tradable instruments that may trade
 */
export function exhaust(
  mandate: Mandate,
  portfolio: WholeLotPortfolio,
  grid: TradeGrid,
  tradable: readonly number[],
  optimum: Optimum,
): void {
  if (tradable.length > INSTRUMENTS_MAX) return;
  const limits = pricedLimits(mandate, optimum.prices, tradable);
  const choices: Choices[] = [];
  for (const instrument of tradable) {
    const places = placesOf(portfolio, grid, optimum, limits, instrument);
    if (places === null) return;
    choices.push({ instrument, places });
  }
  if (choices.length === 0) return;
  choices.sort((a, b) => a.places.length - b.places.length || a.instrument - b.instrument);
  new Search(portfolio, choices, limits, optimum.utility).run();
}

interface Choices {
  readonly instrument: number;
  readonly places: readonly Place[];
}

/** The trades whose loss alone is within the gap, the least loss first; null where there are too many. */
function placesOf(
  portfolio: WholeLotPortfolio,
  grid: TradeGrid,
  { trades, utility, parts }: Optimum,
  limits: readonly PricedLimit[],
  i: number,
): Place[] | null {
  const gap = utility - portfolio.utility;
  const best = parts.ceiling(i, portfolio.weightAt(i, trades[i]!), trades[i]!);
  const placeAt = (trade: number): Place => {
    const v = portfolio.weightAt(i, trade);
    return { trade, loss: Math.max(0, best - parts.at(i, v, trade)), uses: limits.map(({ use }) => use(i, v, trade)) };
  };
  const start = grid.toward(i, trades[i]!);
  const places = [placeAt(start)];
  // the ceilings are concave, so that what they are short of the best only grows on the way out
  let steps = 0;
  for (const direction of [1, -1] as const) {
    let from = start;
    for (let t = grid.next(i, from, direction); t !== from; t = grid.next(i, t, direction)) {
      if (best - parts.ceiling(i, portfolio.weightAt(i, t), t) > gap) break;
      steps += 1;
      if (steps >= PLACES_MAX) return null;
      const place = placeAt(t);
      if (place.loss <= gap) places.push(place);
      from = t;
    }
  }
  return places.sort((a, b) => a.loss - b.loss || a.trade - b.trade);
}

/** Depth first, the instruments with the fewest places first. */
class Search {
  private readonly found: Float64Array;
  private best: number;
  private nodes = 0;
  private readonly change = noChange();
  /** by depth and limit: what the instruments before use, and the least and the most that the others can */
  private readonly used: readonly Float64Array[];
  private readonly least: readonly (readonly number[])[];
  private readonly most: readonly (readonly number[])[];
  /** the limit that tells most of the last instrument's places apart, and the places by what they use of it, most first */
  private readonly telling: number;
  private readonly lastPlaces: readonly Place[];

  constructor(
    private readonly portfolio: WholeLotPortfolio,
    private readonly choices: readonly Choices[],
    private readonly limits: readonly PricedLimit[],
    private readonly bound: number,
  ) {
    this.found = portfolio.trades.slice();
    this.best = portfolio.utility;
    this.used = Array.from({ length: choices.length + 1 }, () => new Float64Array(limits.length));
    this.least = fromDepth(choices, limits, Math.min);
    this.most = fromDepth(choices, limits, Math.max);
    const depth = choices.length - 1;
    const spread = limits.map(({ price }, l) => price * (this.most[depth]![l]! - this.least[depth]![l]!));
    this.telling = spread.indexOf(Math.max(...spread));
    const l = this.telling;
    this.lastPlaces =
      l < 0 ? choices[depth]!.places : [...choices[depth]!.places].sort((a, b) => b.uses[l]! - a.uses[l]!);
  }

  run(): void {
    this.visit(0, 0);
    for (const { instrument } of this.choices) this.trade(instrument, this.found[instrument]!);
  }

  private visit(depth: number, loss: number): void {
    if (depth === this.choices.length - 1) {
      this.visitLast(depth, loss);
      return;
    }
    const { instrument, places } = this.choices[depth]!;
    for (const { trade, loss: own, uses } of places) {
      const allowed = this.allowed - loss - own;
      if (allowed < 0 || this.nodes >= NODES_MAX) return;
      this.nodes += 1;
      if (this.unused(depth, uses) > allowed) continue;
      this.trade(instrument, trade);
      this.visit(depth + 1, loss + own);
    }
  }

  /** Only the places that neither break the telling limit nor leave more of it than a better portfolio may. */
  private visitLast(depth: number, loss: number): void {
    const l = this.telling;
    const { instrument } = this.choices[depth]!;
    const places = this.lastPlaces;
    const [price, room] = l < 0 ? [0, 0] : [this.limits[l]!.price, this.limits[l]!.room - this.used[depth]![l]!];
    for (let p = l < 0 ? 0 : firstWithin(places, l, room + ROUNDING); p < places.length; p += 1) {
      const { trade, loss: own, uses } = places[p]!;
      const allowed = this.allowed - loss;
      if (this.nodes >= NODES_MAX || (l >= 0 && price * (room - uses[l]!) > allowed)) return;
      this.nodes += 1;
      if (own <= allowed && this.unused(depth, uses) <= allowed - own) this.consider(instrument, trade);
    }
  }

  /** What a better portfolio may lose against the continuous optimum. */
  private get allowed(): number {
    return this.bound - this.best - GAIN_MIN;
  }

  /** The worth of what will be left of the limits at the least; Infinity where one of them cannot hold any more. */
  private unused(depth: number, uses: readonly number[]): number {
    const [before, after] = [this.used[depth]!, this.used[depth + 1]!];
    let worth = 0;
    for (let l = 0; l < uses.length; l += 1) {
      after[l] = before[l]! + uses[l]!;
      const room = this.limits[l]!.room - after[l]!;
      if (this.least[depth + 1]![l]! > room + ROUNDING) return Infinity;
      worth += this.limits[l]!.price * Math.max(0, room - this.most[depth + 1]![l]!);
    }
    return worth;
  }

  /** The last trade of a portfolio. */
  private consider(instrument: number, trade: number): void {
    const { portfolio, change } = this;
    portfolio.tryTrade(instrument, trade, change);
    if (portfolio.utility + change.utility <= this.best + GAIN_MIN) return;
    this.trade(instrument, trade);
    if (portfolio.violation > 0 || portfolio.utility <= this.best + GAIN_MIN) return;
    this.best = portfolio.utility;
    this.found.set(portfolio.trades);
  }

  private trade(i: number, t: number): void {
    if (this.portfolio.trades[i] !== t) this.portfolio.apply(i, t);
  }
}

/** Where the places begin that use no more than the room of limit l; they are sorted by it, most first. */
function firstWithin(places: readonly Place[], l: number, room: number): number {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle]!.uses[l]! <= room) high = middle;
    else low = middle + 1;
  }
  return low;
}

function fromDepth(
  choices: readonly Choices[],
  limits: readonly PricedLimit[],
  pick: (a: number, b: number) => number,
): number[][] {
  const sums = [limits.map(() => 0)];
  for (let depth = choices.length - 1; depth >= 0; depth -= 1) {
    const { places } = choices[depth]!;
    const own = places.reduce((picked, { uses }) => picked.map((use, l) => pick(use, uses[l]!)), places[0]!.uses);
    sums.unshift(sums[0]!.map((sum, l) => sum + own[l]!));
  }
  return sums;
}
