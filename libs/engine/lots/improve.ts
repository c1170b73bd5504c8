import type { SaleCorners } from './sale-corners.js';
import type { TradeGrid } from './trade-grid.js';
import { noChange, type WholeLotPortfolio } from './whole-lot-portfolio.js';

/** Gains below this (1e-9 bp of NAV) are rounding. */
const GAIN_MIN = 1e-13;
/** Distance from the continuous optimum, as a share of its utility, that is not worth looking for pairs. */
const GAP_SOUGHT = 1e-5;
/** A round of pairs that closes less than this share of what is left of the gap is the last. */
const ROUND_GAIN = 0.01;
/** Relief below this share of the violation is rounding. */
const RELIEF_MIN = 1e-9;
const PASSES_MAX = 40;
/** Pairs are sought among this many of the most promising steps, so that their number does not grow with the universe. */
const PAIR_STEPS = 32;
const PAIR_ROUNDS_MAX = 12;
const CORNER_ROUNDS_MAX = 4;
const DIRECTIONS = [1, -1] as const;

/** One trade replaced by a neighbouring one. */
interface Step {
  readonly instrument: number;
  readonly direction: 1 | -1 | 0;
  readonly trade: number;
  readonly gain: number;
  readonly violation: number;
  /** the gain less the price of what the step takes of the limits */
  readonly priced: number;
}

/**
 * Raises the utility of a whole-lot portfolio by changing one trade at a time (a step either way, or dropping it), then
 * two at a time where a limit stands in the way of single steps, until nothing helps. No change adds to the violation
 * of the limits; one that takes from it is always for the better. Bounded passes; each costs O(instruments * factors).
 *
 * @param tradable instruments that may trade
 * @param corners sales beyond the reach of single steps
 * @param continuous utility of the continuous optimum over w0: no pairs are sought once it is as good as reached
 * @returns whether it is
 */
export function improve(
  portfolio: WholeLotPortfolio,
  grid: TradeGrid,
  tradable: readonly number[],
  corners: SaleCorners,
  continuous: number,
): boolean {
  improveSingly(portfolio, grid, tradable);
  for (let round = 0; round < CORNER_ROUNDS_MAX && improveSales(portfolio, corners); round += 1) {
    improveSingly(portfolio, grid, tradable);
  }
  const goodEnough = continuous - Math.max(GAIN_MIN, GAP_SOUGHT * Math.abs(continuous));
  for (let round = 0; round < PAIR_ROUNDS_MAX; round += 1) {
    if (portfolio.violation === 0 && portfolio.utility >= goodEnough) return true;
    const before = portfolio.utility;
    if (!improveByPairs(portfolio, grid, tradable)) break;
    improveSingly(portfolio, grid, tradable);
    if (portfolio.violation === 0 && portfolio.utility - before < ROUND_GAIN * (continuous - portfolio.utility)) break;
  }
  return portfolio.utility >= goodEnough;
}

/** Whether a sale by another number of tax lots was better. */
function improveSales(portfolio: WholeLotPortfolio, corners: SaleCorners): boolean {
  let improved = false;
  for (const { instrument, trade } of corners.candidates(portfolio)) {
    improved = accept(portfolio, instrument, trade) || improved;
  }
  return improved;
}

function improveSingly(portfolio: WholeLotPortfolio, grid: TradeGrid, tradable: readonly number[]): void {
  for (let pass = 0; pass < PASSES_MAX; pass += 1) {
    const steps = stepsFrom(portfolio, grid, tradable, true).filter((step) =>
      isBetter(portfolio, step.gain, step.violation),
    );
    steps.sort((a, b) => b.gain - a.gain || a.instrument - b.instrument);
    let improved = false;
    for (const { instrument, trade } of steps) improved = accept(portfolio, instrument, trade) || improved;
    if (!improved) return;
  }
}

/** Every step of one trade. */
function stepsFrom(
  portfolio: WholeLotPortfolio,
  grid: TradeGrid,
  tradable: readonly number[],
  allowedOnly: boolean,
): Step[] {
  const change = noChange();
  const steps: Step[] = [];
  const consider = (instrument: number, trade: number, direction: Step['direction']): void => {
    if (trade === portfolio.trades[instrument]) return;
    portfolio.tryTrade(instrument, trade, change);
    if (allowedOnly && change.violation > 0) return;
    steps.push({
      instrument,
      direction,
      trade,
      gain: change.utility,
      violation: change.violation,
      priced: change.priced,
    });
  };
  for (const i of tradable) {
    for (const direction of DIRECTIONS) consider(i, grid.next(i, portfolio.trades[i]!, direction), direction);
    consider(i, 0, 0);
  }
  return steps;
}

/** Makes the change if it is one for the better as the portfolio stands now. */
function accept(portfolio: WholeLotPortfolio, instrument: number, trade: number): boolean {
  if (trade === portfolio.trades[instrument]) return false;
  const change = noChange();
  portfolio.tryTrade(instrument, trade, change);
  if (!isBetter(portfolio, change.utility, change.violation)) return false;
  portfolio.apply(instrument, trade);
  return true;
}

/** Whether a change brings the limits nearer, or raises the utility without taking them further away. */
function isBetter(before: { readonly violation: number }, utility: number, violation: number): boolean {
  return violation < -RELIEF_MIN * before.violation || (violation <= 0 && utility > GAIN_MIN);
}

/**
 * Exchanges: a step of one instrument together with one or several steps of another that make room for it, or that
 * use the room it leaves.
 */
function improveByPairs(portfolio: WholeLotPortfolio, grid: TradeGrid, tradable: readonly number[]): boolean {
  const steps = stepsFrom(portfolio, grid, tradable, false);
  steps.sort((a, b) => b.priced - a.priced || a.instrument - b.instrument);
  const partners = steps.slice(0, 2 * PAIR_STEPS);
  let improved = false;
  for (const first of steps.slice(0, PAIR_STEPS)) improved = exchange(portfolio, grid, first, partners) || improved;
  return improved;
}

/** Makes the first step if one of the partners, once or repeated up to about its size, makes the two worthwhile. */
function exchange(portfolio: WholeLotPortfolio, grid: TradeGrid, first: Step, partners: readonly Step[]): boolean {
  const a = first.instrument;
  const from = portfolio.trades[a]!;
  const to = first.direction === 0 ? 0 : grid.next(a, from, first.direction);
  if (to === from) return false;
  const change = noChange();
  portfolio.tryTrade(a, to, change);
  const { utility, violation } = change;
  const before = { violation: portfolio.violation };
  const size = Math.abs(portfolio.weightAt(a, to) - portfolio.weights[a]!);
  portfolio.apply(a, to);
  const trades: number[] = [];
  for (let p = 0; p < partners.length; p += 1) {
    const second = partners[p]!;
    if (second.instrument === a) continue;
    findPartnerTrades(portfolio, grid, second, size, trades);
    for (let t = 0; t < trades.length; t += 1) {
      const trade = trades[t]!;
      portfolio.tryTrade(second.instrument, trade, change);
      if (!isBetter(before, utility + change.utility, violation + change.violation)) continue;
      portfolio.apply(second.instrument, trade);
      return true;
    }
  }
  portfolio.apply(a, from);
  return false;
}

/** @param trades overwritten: a list for each of thousands of pairs would be too many */
function findPartnerTrades(
  portfolio: WholeLotPortfolio,
  grid: TradeGrid,
  step: Step,
  size: number,
  trades: number[],
): void {
  const { instrument: b, direction } = step;
  const now = portfolio.trades[b]!;
  trades.length = 0;
  if (direction === 0) {
    if (now !== 0) trades.push(0);
    return;
  }
  const one = grid.next(b, now, direction);
  if (one === now) return;
  const weight = Math.abs(portfolio.weightAt(b, one) - portfolio.weights[b]!);
  trades.push(one);
  let t = one;
  for (let count = 2; count <= 64 && (count - 1) * weight < size; count += 1) {
    const further = grid.next(b, t, direction);
    if (further === t) break;
    t = further;
    if (count * weight >= size - weight) trades.push(t);
  }
}
