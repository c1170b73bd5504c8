import type { Mandate } from '../optimisation/mandate.js';
import type { Multipliers } from '../solver/problem.js';
import { type GainLimit, gainUsed, type GainPrices } from '../tax/index.js';
import { CASH, FIRST_SECTOR, GROSS, type LimitHinges, TURNOVER, VARIANCE } from './limit-hinges.js';

/** What one change of a trade does: to the utility, and to the weighted total violation of the limits. */
export interface Change {
  utility: number;
  violation: number;
  /** utility less what the change takes of the limits, at the prices of the continuous optimum */
  priced: number;
}

export const noChange = (): Change => ({ utility: 0, violation: 0, priced: 0 });

/** Shadow prices of the limits of the whole portfolio, as the solver gives them. */
export interface LimitPrices extends Pick<Multipliers, 'invested' | 'groups' | 'turnover' | 'volatility' | 'gross'> {
  readonly gains: GainPrices;
}

const NO_PRICES: LimitPrices = { invested: 0, groups: [], turnover: 0, volatility: 0, gross: 0, gains: [] };

/** Per unit of the values that a portfolio keeps. */
function pricesOf(mandate: Mandate, { count, firstGain }: LimitHinges, prices: LimitPrices): Float64Array {
  const { invested, groups, turnover, volatility, gross, gains } = prices;
  const all = new Float64Array(count);
  all[CASH] = invested;
  all[VARIANCE] = (volatility * mandate.parameters.horizonDays) / 2;
  all[TURNOVER] = turnover;
  all[GROSS] = gross;
  groups.forEach((price, s) => (all[FIRST_SECTOR + s] = price));
  gains.forEach((price, g) => (all[firstGain + g] = price));
  return all;
}

/**
 * A portfolio of whole lots with everything that a single trade's change needs kept up to date, so that trying one
 * costs O(k) for k risk factors. Trades are signed shares.
 */
export class WholeLotPortfolio {
  readonly trades: Float64Array;
  readonly weights: Float64Array;
  /** utility gained over w0 */
  utility = 0;
  /** weighted total violation; 0 where every limit holds */
  violation: number;

  private readonly sectorOf: Int32Array;
  /** L'w and L'(w - b), daily */
  private readonly exposure: Float64Array;
  private readonly activeExposure: Float64Array;
  /** cash used (weights and costs), one-day variance, turnover, gross, then the sectors and the gains realised: as in LimitHinges */
  private readonly values: Float64Array;
  private readonly next: Float64Array;
  /** the weighted excess of each limit at its value */
  private readonly excesses: Float64Array;
  private readonly prices: Float64Array;

  constructor(
    private readonly mandate: Mandate,
    private readonly hinges: LimitHinges,
    prices: LimitPrices = NO_PRICES,
  ) {
    this.prices = pricesOf(mandate, hinges, prices);
    const { universe, reference, limits } = mandate;
    const { n, w0, risk } = universe;
    this.trades = new Float64Array(n);
    this.weights = w0.slice();
    this.sectorOf = new Int32Array(n).fill(-1);
    limits.sectors.forEach(({ members }, s) => members.forEach((i) => (this.sectorOf[i] = s)));
    this.exposure = new Float64Array(risk.k);
    this.activeExposure = new Float64Array(risk.k);
    this.values = new Float64Array(hinges.count);
    this.next = new Float64Array(hinges.count);
    for (let i = 0; i < n; i += 1) {
      const w = w0[i]!;
      this.values[CASH]! += w;
      this.values[VARIANCE]! += risk.specific[i]! * w * w;
      this.values[GROSS]! += Math.abs(w);
      if (this.sectorOf[i]! >= 0) this.values[FIRST_SECTOR + this.sectorOf[i]!]! += w;
      for (let j = 0; j < risk.k; j += 1) {
        this.exposure[j]! += risk.loadings[i * risk.k + j]! * w;
        this.activeExposure[j]! += risk.loadings[i * risk.k + j]! * (w - reference[i]!);
      }
    }
    for (const y of this.exposure) this.values[VARIANCE]! += y * y;
    this.excesses = this.values.map((value, l) => hinges.at(l, value));
    this.violation = hinges.total(this.excesses, this.weights);
  }

  /** Weight of instrument i if it traded t shares. */
  weightAt(i: number, t: number): number {
    const { quantity, price, nav } = this.mandate.universe;
    return ((quantity[i]! + t) * price[i]!) / nav;
  }

  /** What replacing the trade of instrument i by t would do. The result is valid until the next call. */
  tryTrade(i: number, t: number, change: Change): void {
    const { universe, alpha, reference, tracking, parameters, weights: term } = this.mandate;
    const { risk, w0 } = universe;
    const { exposure, activeExposure } = this;
    const { k, loadings } = risk;
    const w = this.weights[i]!;
    const v = this.weightAt(i, t);
    const dw = v - w;
    let own = risk.specific[i]!;
    let total = own * w;
    let active = own * (w - reference[i]!);
    for (let j = 0, at = i * k; j < k; j += 1, at += 1) {
      const loading = loadings[at]!;
      own += loading * loading;
      total += loading * exposure[j]!;
      active += loading * activeExposure[j]!;
    }
    const paid = this.cost(i, v - w0[i]!) - this.cost(i, w - w0[i]!);
    const taxed = this.mandate.taxWeight[i]! * (this.tax(i, t) - this.tax(i, this.trades[i]!));
    const gamma = parameters.riskAversion * parameters.horizonDays;
    const off = w - reference[i]!;
    change.utility =
      alpha[i]! * dw -
      gamma * dw * (active + (own * dw) / 2) -
      tracking[i]! * dw * (off + dw / 2) -
      term.cost * paid -
      taxed;
    this.next[CASH] = dw + paid;
    this.next[VARIANCE] = dw * (2 * total + own * dw);
    this.next[TURNOVER] = Math.abs(v - w0[i]!) - Math.abs(w - w0[i]!);
    this.next[GROSS] = Math.abs(v) - Math.abs(w);
    const { gains } = this.mandate.limits;
    for (let g = 0; g < gains.length; g += 1) {
      this.next[this.hinges.firstGain + g] = this.gain(gains[g]!, i, t) - this.gain(gains[g]!, i, this.trades[i]!);
    }
    change.violation = this.violationChange(i, dw, v);
    change.priced = change.utility - this.priceOf(i, dw);
  }

  /** Replaces the trade of instrument i by t. */
  apply(i: number, t: number): void {
    const change = noChange();
    this.tryTrade(i, t, change);
    const { risk } = this.mandate.universe;
    const v = this.weightAt(i, t);
    const dw = v - this.weights[i]!;
    for (let l = 0; l < FIRST_SECTOR; l += 1) this.values[l]! += this.next[l]!;
    if (this.sectorOf[i]! >= 0) this.values[FIRST_SECTOR + this.sectorOf[i]!]! += dw;
    for (let l = this.hinges.firstGain; l < this.hinges.count; l += 1) this.values[l]! += this.next[l]!;
    for (let l = 0; l < this.values.length; l += 1) this.excesses[l] = this.hinges.at(l, this.values[l]!);
    for (let j = 0; j < risk.k; j += 1) {
      this.exposure[j]! += risk.loadings[i * risk.k + j]! * dw;
      this.activeExposure[j]! += risk.loadings[i * risk.k + j]! * dw;
    }
    this.weights[i] = v;
    this.trades[i] = t;
    this.utility += change.utility;
    this.violation = this.hinges.total(this.excesses, this.weights);
  }

  private priceOf(i: number, dw: number): number {
    let sum = 0;
    for (let l = 0; l < FIRST_SECTOR; l += 1) sum += this.prices[l]! * this.next[l]!;
    for (let l = this.hinges.firstGain; l < this.hinges.count; l += 1) sum += this.prices[l]! * this.next[l]!;
    const s = this.sectorOf[i]!;
    return s < 0 ? sum : sum + this.prices[FIRST_SECTOR + s]! * dw;
  }

  private violationChange(i: number, dw: number, v: number): number {
    const { hinges, values, next, excesses } = this;
    let sum = hinges.position(i, v) - hinges.position(i, this.weights[i]!);
    for (let l = 0; l < FIRST_SECTOR; l += 1) sum += hinges.at(l, values[l]! + next[l]!) - excesses[l]!;
    for (let l = hinges.firstGain; l < hinges.count; l += 1) {
      sum += hinges.at(l, values[l]! + next[l]!) - excesses[l]!;
    }
    const s = this.sectorOf[i]!;
    if (s >= 0) sum += hinges.at(FIRST_SECTOR + s, values[FIRST_SECTOR + s]! + dw) - excesses[FIRST_SECTOR + s]!;
    return sum;
  }

  private cost(i: number, x: number): number {
    const size = Math.abs(x);
    return size * (this.mandate.costLinear[i]! + this.mandate.costImpact[i]! * Math.sqrt(size));
  }

  private tax(i: number, t: number): number {
    const schedule = this.mandate.taxSchedules[i]!;
    if (t >= 0 || schedule.lots.length === 0) return 0;
    const { price, nav } = this.mandate.universe;
    return (schedule.tax(-t) * price[i]!) / nav;
  }

  private gain(limit: GainLimit, i: number, t: number): number {
    const schedule = this.mandate.taxSchedules[i]!;
    if (t >= 0 || schedule.lots.length === 0) return 0;
    const { price, nav } = this.mandate.universe;
    return (gainUsed(limit, schedule, -t) * price[i]!) / nav;
  }
}
