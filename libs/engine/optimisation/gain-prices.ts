import { alongPieces, type GainPrices, gainOfPiece } from '../tax/index.js';
import type { Multipliers, Optimiser } from '../solver/problem.js';
import { affordableSales } from './affordable-sales.js';
import { sellingPieces } from './build-problem.js';
import type { Mandate } from './mandate.js';
import { solveByPriority, type SolvedProblem } from './relax.js';
import type { WeightBounds } from './weight-bounds.js';

/** A solved problem in which the budgets of realised gains have prices. */
export interface PricedProblem extends SolvedProblem {
  /** in the order of the mandate's limits on gains; zeros where the budgets leave room */
  readonly prices: GainPrices;
  readonly bounds: WeightBounds;
  /** what the budgets' room is worth at the prices: added to a bound of the problem it bounds the utility within the budgets */
  readonly roomValue: number;
  /** the budgets that what had to be sold would exceed, at any price */
  readonly exceeded: readonly string[];
}

/** Cyclic rounds over the budgets: one is enough for one, they settle quickly for those that overlap. */
const ROUNDS_MAX = 4;
const STEPS_MAX = 30;
/** A first price to try, utility per unit of gain, what it is raised by, and how far. */
const PRICE_FIRST = 1e-3;
const PRICE_FACTOR = 8;
const PRICE_MAX = 1e3;
/** Room left at a price is worth no more than this (1e-5 bp of NAV) once the price is found. */
const SLACKNESS = 1e-9;
/** Gains beyond the room that are rounding, fraction of NAV. */
const ROUNDING = 1e-12;

/**
 * Solves the mandate's problem within its budgets of realised gains. A budget is a limit that a problem document has no
 * place for, so it is priced: lambda >= 0 per unit of gain joins the tax rates, and the prices are sought at which the
 * gains realised come to the room, no more. For any prices the utility of whatever keeps the budgets is at most the
 * bound of the priced problem plus what the room is worth (Lagrangian duality: Boyd and Vandenberghe, Convex
 * Optimization, section 5.1), so that the certificate stays one however well the prices are found.
 */
export function solveWithinBudgets(mandate: Mandate, bounds: WeightBounds, optimiser: Optimiser): PricedProblem {
  const search = new PriceSearch(mandate, optimiser);
  const { gains } = mandate.limits;
  let answer = search.at(bounds, NO_PRICES(mandate));
  if (answer.solution.status === 'INFEASIBLE') return answer;
  for (let round = 0; round < ROUNDS_MAX && !isSettled(answer); round += 1) {
    for (let g = 0; g < gains.length; g += 1) answer = search.priced(answer, g);
    // only limits that are broken already force sales that no price prevents
    if (mandate.broken.length > 0 && !isKept(answer)) return curedWithin(mandate, answer, search);
  }
  return answer;
}

/**
 * Where the cure of broken limits would realise more than the budgets allow: the sales that cure most for what they
 * realise are made first, each as far as the budgets go.
 *
 * @param dear solved at prices so high that nothing is sold with gains but what the cure demands
 */
function curedWithin(mandate: Mandate, dear: Evaluation, search: PriceSearch): PricedProblem {
  const { gains } = mandate.limits;
  const exceeded = gains.filter((_, g) => dear.excess[g]! > ROUNDING).map(({ name }) => name);
  return { ...search.at(affordableSales(mandate, dear.bounds, dear.solution.w), NO_PRICES(mandate)), exceeded };
}

const NO_PRICES = ({ limits }: Mandate): GainPrices => limits.gains.map(() => 0);

interface Evaluation extends PricedProblem {
  /** gains beyond the room of each budget, fraction of NAV */
  readonly excess: readonly number[];
}

function isKept({ excess }: Evaluation): boolean {
  return excess.every((over) => over <= ROUNDING);
}

/** Every budget is kept, and those that have a price are used up. */
function isSettled({ excess, prices }: Evaluation): boolean {
  return excess.every((over, g) => over <= ROUNDING && prices[g]! * -over <= SLACKNESS);
}

class PriceSearch {
  private multipliers: Multipliers | undefined;

  constructor(
    private readonly mandate: Mandate,
    private readonly optimiser: Optimiser,
  ) {}

  at(bounds: WeightBounds, prices: GainPrices): Evaluation {
    const { mandate } = this;
    const start = this.multipliers;
    const warm: Optimiser =
      start === undefined ? this.optimiser : (doc) => this.optimiser(doc, { warm_start: { multipliers: start } });
    const solved = solveByPriority(mandate, bounds, warm, prices);
    if (mandate.broken.length === 0) this.multipliers = solved.solution.multipliers;
    const { gains } = mandate.limits;
    const roomValue = gains.reduce((sum, { room }, g) => sum + prices[g]! * room, 0);
    return { ...solved, prices, bounds, roomValue, exceeded: [], excess: this.excess(solved, bounds, prices) };
  }

  /** The least price of budget g, the others' as they are, at which it is kept. */
  priced(from: Evaluation, g: number): Evaluation {
    const withPrice = (price: number): Evaluation =>
      this.at(
        from.bounds,
        from.prices.map((p, other) => (other === g ? price : p)),
      );
    const fits = (evaluation: Evaluation): boolean => evaluation.excess[g]! <= ROUNDING;
    let low = from.prices[g] === 0 ? from : withPrice(0);
    if (fits(low)) return low;
    let high = withPrice(Math.max(PRICE_FIRST, from.prices[g]!));
    while (!fits(high)) {
      const price = high.prices[g]! * PRICE_FACTOR;
      if (price > PRICE_MAX) return high;
      low = high;
      high = withPrice(price);
    }
    return this.between(low, high, g, withPrice);
  }

  /** Regula falsi (Illinois), ending on the side that keeps the budget. */
  private between(low: Evaluation, high: Evaluation, g: number, withPrice: (price: number) => Evaluation): Evaluation {
    let [atLow, atHigh] = [low.excess[g]!, high.excess[g]!];
    let [from, best] = [low.prices[g]!, high];
    for (let step = 0; step < STEPS_MAX; step += 1) {
      const to = best.prices[g]!;
      if (to * -best.excess[g]! <= SLACKNESS || to - from <= 1e-9 * to) break;
      const x = atLow - atHigh > 0 ? (from * -atHigh + to * atLow) / (atLow - atHigh) : (from + to) / 2;
      // where the gains jump at a price the secant alone creeps: every third step halves
      const next = withPrice(step % 3 === 2 ? (from + to) / 2 : x);
      if (next.excess[g]! <= ROUNDING) {
        [best, atHigh, atLow] = [next, next.excess[g]!, atLow / 2];
      } else {
        [from, atLow, atHigh] = [next.prices[g]!, next.excess[g]!, atHigh / 2];
      }
    }
    return best;
  }

  /** Along the pieces of the problem, whose gains are those of the mixtures that the bound allows. */
  private excess({ solution }: SolvedProblem, bounds: WeightBounds, prices: GainPrices): number[] {
    const { mandate } = this;
    const { universe, limits, taxSchedules } = mandate;
    const excess = limits.gains.map(({ room }) => -room);
    if (excess.length === 0) return excess;
    for (let i = 0; i < universe.n; i += 1) {
      const sold = universe.w0[i]! - solution.w[i]!;
      if (sold <= 0 || taxSchedules[i]!.lots.length === 0) continue;
      const [price, { nav }] = [universe.price[i]!, universe];
      const pieces = sellingPieces(mandate, bounds, prices, i);
      limits.gains.forEach((limit, g) => {
        excess[g]! += (alongPieces(pieces, (sold * nav) / price, (piece) => gainOfPiece(limit, piece)) * price) / nav;
      });
    }
    return excess;
  }
}
