import type { LimitClass } from '../input.js';
import type { LimitState } from '../optimisation/limits.js';
import type { Mandate } from '../optimisation/mandate.js';

/** The whole portfolio's limits by position; the sectors follow, then the budgets of gains. */
export const CASH = 0;
export const VARIANCE = 1;
export const TURNOVER = 2;
export const GROSS = 3;
export const FIRST_SECTOR = 4;

/** Sums of weights are exact to far less than this. */
const ROUNDING = 1e-12;
/** Excesses are relative to their bounds, but not to smaller ones: next to zero they would outweigh what must hold. */
const SCALE_MIN = 1e-3;
/** A limit that held before trading must hold: its excess outweighs any other. */
const MUST_HOLD = 1e18;
/** How much more a limit's excess weighs than that of the next lower priority. */
const PRIORITY_STEP = 100;

/**
 * How far a portfolio is from keeping its limits, as one number to be brought to zero: the sum over limits of the
 * excess over the bound, relative to the bound, times a weight by priority. Limits that held before trading weigh
 * most; one that was broken weighs as much again beyond the value it had, so that none ends more broken than it began.
 */
export class LimitHinges {
  readonly count: number;
  /** the position of the first budget of gains */
  readonly firstGain: number;
  private readonly bounds: Float64Array;
  private readonly ceilings: Float64Array;
  private readonly prices: Float64Array;
  private readonly positionPrice: number;
  private readonly positionBroken: boolean;

  constructor(private readonly mandate: Mandate) {
    const { limits, broken } = mandate;
    this.firstGain = FIRST_SECTOR + limits.sectors.length;
    this.count = this.firstGain + limits.gains.length;
    this.bounds = new Float64Array(this.count);
    this.bounds[CASH] = limits.investedMax;
    this.bounds[VARIANCE] = limits.volatilityMax;
    this.bounds[TURNOVER] = limits.turnoverMax;
    this.bounds[GROSS] = limits.grossMax ?? Infinity;
    limits.sectors.forEach(({ max }, s) => (this.bounds[FIRST_SECTOR + s] = max));
    limits.gains.forEach(({ room }, g) => (this.bounds[this.firstGain + g] = room));
    this.ceilings = this.bounds.slice();
    this.prices = new Float64Array(this.count);
    for (const limit of broken) {
      const l = portfolioLimit(limit);
      if (l < 0) continue;
      this.ceilings[l] = limit.value;
      this.prices[l] = this.priceOf(limit.kind);
    }
    this.positionPrice = this.priceOf('position');
    this.positionBroken = broken.some(({ kind }) => kind === 'position');
  }

  /** The weighted excess of limit l at a value (of VARIANCE: w' Sigma w of one day). */
  at(l: number, value: number): number {
    const size = l === VARIANCE ? Math.sqrt(Math.max(0, value)) : value;
    if (size <= this.bounds[l]! + ROUNDING) return 0;
    const scale = Math.max(this.bounds[l]!, SCALE_MIN);
    const must = Math.max(0, size - this.ceilings[l]! - ROUNDING);
    return (this.prices[l]! * (size - this.bounds[l]!) + MUST_HOLD * must) / scale;
  }

  /** The weighted excess of instrument i's position limit at weight w. */
  position(i: number, w: number): number {
    const { positionUpper, positionLower } = this.mandate.limits;
    const w0 = this.mandate.universe.w0[i]!;
    const upper = positionUpper[i]!;
    const lower = positionLower[i]!;
    if (w <= upper + ROUNDING && w >= lower - ROUNDING) return 0;
    const bound = w > upper ? upper : lower;
    const must = w > upper ? w - Math.max(upper, w0) : Math.min(lower, w0) - w;
    const weighted = this.positionPrice * Math.abs(w - bound) + MUST_HOLD * Math.max(0, must - ROUNDING);
    return weighted / Math.max(Math.abs(bound), SCALE_MIN);
  }

  /**
   * The weighted excess of all limits. Positions within their limits stay there: their trades end at the bounds.
   *
   * @param excesses of the limits of the whole portfolio
   */
  total(excesses: Float64Array, weights: Float64Array): number {
    let sum = 0;
    for (let l = 0; l < this.count; l += 1) sum += excesses[l]!;
    if (this.positionBroken) for (let i = 0; i < weights.length; i += 1) sum += this.position(i, weights[i]!);
    return sum;
  }

  private priceOf(kind: LimitState['kind']): number {
    const { limitPriority } = this.mandate.parameters;
    const name: LimitClass = kind === 'gross' ? 'cash' : kind;
    const below = limitPriority.filter((other) => limitPriority.indexOf(other) > limitPriority.indexOf(name)).length;
    let price = 1;
    for (let step = 0; step < below; step += 1) price *= PRIORITY_STEP;
    return price;
  }
}

function portfolioLimit({ kind, index }: LimitState): number {
  if (kind === 'cash') return CASH;
  if (kind === 'risk') return VARIANCE;
  if (kind === 'gross') return GROSS;
  return kind === 'sector' ? FIRST_SECTOR + index : -1;
}
