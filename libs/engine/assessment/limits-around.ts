import { correlationWithRest, type PortfolioRisk } from '../impact/index.js';
import type { CoordinationInput } from '../input.js';
import { LIMIT_TOLERANCE, mandateLimits, type MandateLimits } from '../optimisation/limits.js';
import type { Universe } from '../universe.js';
import type { SoldLot, TaxSchedule } from '../tax/index.js';
import { verifyPortfolio } from '../verify/index.js';
import type { WeighedRisk } from './assess-weights.js';

/** One limit before trades and after them. */
export interface LimitAround {
  /**
   * `risk` (VaR 95 % of one day), `cash` (weights and costs), `turnover`, `gross`, `sector:NAME`; of the instruments that trade
   * `position:ID`, `liquidity:ID`, `correlation:ID` (where the position grows), `restricted:ID`; and each other position limit that
   * is broken
   */
  readonly name: string;
  readonly before: number;
  readonly after: number;
  readonly bound: number;
  readonly brokenBefore: boolean;
  readonly brokenAfter: boolean;
}

/**
 * Every limit that the trades touch or that is broken.
 *
 * @param schedules how each instrument would be sold
 * @param shares traded, signed, length n
 */
export function limitsAround(
  input: CoordinationInput,
  universe: Universe,
  schedules: readonly TaxSchedule[],
  shares: Float64Array,
  before: PortfolioRisk,
  after: WeighedRisk,
): LimitAround[] {
  const limits = mandateLimits(universe, input);
  const lotsSold = (i: number): readonly SoldLot[] => (shares[i]! < 0 ? schedules[i]!.sold(-shares[i]!) : []);
  const checked = verifyPortfolio(input, universe, [], shares, lotsSold);
  const whole = checked.limits.map(({ name, before: start, value, bound }) => upper(name, start, value, bound));
  const single: LimitAround[] = [];
  for (let i = 0; i < universe.n; i++) {
    const position = positionLimit(universe, limits, after, i);
    if (shares[i] !== 0 || position.brokenBefore || position.brokenAfter) single.push(position);
    if (shares[i] !== 0) single.push(...tradeLimits(input, universe, limits, before, after, i));
  }
  return [...whole, ...single];
}

function upper(name: string, before: number, after: number, bound: number): LimitAround {
  const broken = (value: number): boolean => value > bound + LIMIT_TOLERANCE;
  return { name, before, after, bound, brokenBefore: broken(before), brokenAfter: broken(after) };
}

/** Shown with the bound that is broken after trading, else with the one broken before, else with the upper one. */
function positionLimit(
  universe: Universe,
  { positionLower, positionUpper }: MandateLimits,
  { weights }: WeighedRisk,
  i: number,
): LimitAround {
  const [before, after, low, high] = [universe.w0[i]!, weights[i]!, positionLower[i]!, positionUpper[i]!];
  const above = (value: number): boolean => value > high + LIMIT_TOLERANCE;
  const below = (value: number): boolean => value < low - LIMIT_TOLERANCE;
  return {
    name: `position:${universe.ids[i]!}`,
    before,
    after,
    bound: below(after) || (below(before) && !above(after)) ? low : high,
    brokenBefore: above(before) || below(before),
    brokenAfter: above(after) || below(after),
  };
}

function tradeLimits(
  { parameters }: CoordinationInput,
  universe: Universe,
  limits: MandateLimits,
  before: PortfolioRisk,
  after: WeighedRisk,
  i: number,
): LimitAround[] {
  const id = universe.ids[i]!;
  const [from, to] = [universe.w0[i]!, after.weights[i]!];
  const size = Math.abs(to - from);
  const around: LimitAround[] = [];
  if (limits.liquidity[i]! < Infinity) around.push(upper(`liquidity:${id}`, 0, size, limits.liquidity[i]!));
  if (Math.abs(to) > Math.abs(from)) {
    const correlation = (portfolio: PortfolioRisk, w: ArrayLike<number>): number =>
      Math.sign(to) * correlationWithRest(universe.risk, portfolio, w, i);
    const [start, end] = [correlation(before, universe.w0), correlation(after.risk, after.weights)];
    around.push(upper(`correlation:${id}`, start, end, parameters.correlationThreshold));
  }
  if (limits.restricted[i] === 1) around.push(upper(`restricted:${id}`, 0, size, 0));
  return around;
}
