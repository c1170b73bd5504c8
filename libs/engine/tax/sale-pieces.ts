import { coversTerm, type GainLimit, type GainPrices } from './gain-limits.js';
import type { SellableLot } from './sellable-lots.js';
import type { TaxSchedule } from './tax-schedule.js';

/** A stretch of a sale with constant rates, per unit of value sold. */
export interface SalePiece {
  /** shares */
  readonly quantity: number;
  /** of the objective: weighted tax, and gains at the prices of their limits */
  readonly rate: number;
  readonly tax: number;
  readonly shortGain: number;
  readonly longGain: number;
}

/**
 * What a sale costs the objective as pieces of increasing rate: the convex envelope of the exact cost over the sales
 * that are possible. Where the lots' rates increase in the order of the sale it is the exact cost; elsewhere (FIFO, or
 * a price on gains that the order of least tax does not follow) it lies below, so that what is best by it bounds what is
 * possible. Neighbouring pieces that decrease are pooled into their mean, which gives the envelope of a piecewise
 * linear function (pool adjacent violators: Barlow et al. 1972). Gains and tax are pooled with them: along a pooled
 * piece they are those of the mixture of its ends.
 *
 * @param most shares that may be sold
 */
export function salePieces(
  schedule: TaxSchedule,
  taxWeight: number,
  limits: readonly GainLimit[],
  prices: GainPrices,
  most: number,
): SalePiece[] {
  const exact = schedule.lots.map((lot) => pieceOf(lot, taxWeight, limits, prices));
  if (exact.every(({ rate }, p) => p === 0 || rate >= exact[p - 1]!.rate)) return pool(exact);
  return pool(first(exact, most));
}

function pieceOf(lot: SellableLot, taxWeight: number, limits: readonly GainLimit[], prices: GainPrices): SalePiece {
  let rate = taxWeight * lot.tax;
  limits.forEach((limit, g) => {
    if (coversTerm(limit, lot.term)) rate += prices[g]! * lot.gain;
  });
  const [shortGain, longGain] = lot.term === 'SHORT' ? [lot.gain, 0] : [0, lot.gain];
  return { quantity: lot.quantity, rate, tax: lot.tax, shortGain, longGain };
}

function first(pieces: readonly SalePiece[], most: number): SalePiece[] {
  const kept: SalePiece[] = [];
  let left = most;
  for (const piece of pieces) {
    const quantity = Math.min(piece.quantity, left);
    if (quantity > 0) kept.push({ ...piece, quantity });
    left -= quantity;
  }
  return kept;
}

function pool(pieces: readonly SalePiece[]): SalePiece[] {
  const pooled: SalePiece[] = [];
  for (const piece of pieces) {
    let last = piece;
    while (pooled.length > 0 && pooled[pooled.length - 1]!.rate >= last.rate) last = mean(pooled.pop()!, last);
    pooled.push(last);
  }
  return pooled;
}

function mean(a: SalePiece, b: SalePiece): SalePiece {
  const quantity = a.quantity + b.quantity;
  const of = (x: number, y: number): number => (x === y ? x : (a.quantity * x + b.quantity * y) / quantity);
  return {
    quantity,
    rate: of(a.rate, b.rate),
    tax: of(a.tax, b.tax),
    shortGain: of(a.shortGain, b.shortGain),
    longGain: of(a.longGain, b.longGain),
  };
}

/** The sum of a rate over the first `quantity` shares, in shares' worth; the last rate goes on. */
export function alongPieces(
  pieces: readonly SalePiece[],
  quantity: number,
  rateOf: (piece: SalePiece) => number,
): number {
  let [sum, left] = [0, quantity];
  for (let p = 0; p < pieces.length && left > 0; p += 1) {
    const taken = p === pieces.length - 1 ? left : Math.min(pieces[p]!.quantity, left);
    sum += rateOf(pieces[p]!) * taken;
    left -= taken;
  }
  return sum;
}

/** What a unit of value sold within a piece uses of a limit. */
export function gainOfPiece({ terms }: GainLimit, { shortGain, longGain }: SalePiece): number {
  return (terms.includes('SHORT') ? shortGain : 0) + (terms.includes('LONG') ? longGain : 0);
}
