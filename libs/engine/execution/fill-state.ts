import { LIMIT_TOLERANCE } from '../optimisation/limits.js';
import type { Mandate } from '../optimisation/mandate.js';

/** A limit of the whole portfolio that a fill would break; the number is the sector's position. */
export type Excess = 'cash' | 'gross' | 'risk' | number;

/** A portfolio while its orders fill: what has filled, and whether one more would break a limit. Each step is O(k). */
export class FillState {
  private readonly weights: Float64Array;
  private readonly exposure: Float64Array;
  private readonly sectorOf: Int32Array;
  private readonly sectors: Float64Array;
  private readonly sectorsMax: Float64Array;
  private invested = 0;
  private gross = 0;
  private specificVariance = 0;
  private readonly investedMax: number;
  private readonly grossMax: number;
  private readonly varianceMax: number;

  /** @param trades signed shares, length n: the whole of each order */
  constructor(
    private readonly mandate: Mandate,
    private readonly trades: Float64Array,
  ) {
    const { universe, limits } = mandate;
    const { n, w0, risk } = universe;
    this.weights = w0.slice();
    this.exposure = new Float64Array(risk.k);
    this.sectorOf = new Int32Array(n).fill(-1);
    this.sectors = new Float64Array(limits.sectors.length);
    limits.sectors.forEach(({ members }, s) => members.forEach((i) => (this.sectorOf[i] = s)));
    for (let i = 0; i < n; i += 1) this.add(i, w0[i]!);
    // what the start breaks may stay as broken as it is
    this.investedMax = Math.max(limits.investedMax, this.invested);
    this.grossMax = Math.max(limits.grossMax ?? Infinity, this.gross);
    this.varianceMax = Math.max(limits.volatilityMax * limits.volatilityMax, this.variance());
    this.sectorsMax = this.sectors.map((start, s) => Math.max(limits.sectors[s]!.max, start));
  }

  /** The first limit that filling all of instrument i's order would break; null where it breaks none. */
  excessWith(i: number): Excess | null {
    const x = this.traded(i);
    const w = this.weights[i]!;
    const s = this.sectorOf[i]!;
    if (x + this.cost(i, x) > 0 && this.invested + x + this.cost(i, x) > this.investedMax + LIMIT_TOLERANCE)
      return 'cash';
    if (s >= 0 && x > 0 && this.sectors[s]! + x > this.sectorsMax[s]! + LIMIT_TOLERANCE) return s;
    const larger = Math.abs(w + x) - Math.abs(w);
    if (larger > 0 && this.gross + larger > this.grossMax + LIMIT_TOLERANCE) return 'gross';
    const { variance, change } = this.varianceWith(i, x);
    return change > 0 && Math.sqrt(variance) > Math.sqrt(this.varianceMax) + LIMIT_TOLERANCE ? 'risk' : null;
  }

  /** Whether filling instrument i's order makes room under the limit. */
  relieves(i: number, excess: Excess): boolean {
    const x = this.traded(i);
    if (excess === 'cash') return x + this.cost(i, x) < 0;
    if (excess === 'gross') return Math.abs(this.weights[i]! + x) < Math.abs(this.weights[i]!);
    if (excess === 'risk') return this.varianceWith(i, x).change < 0;
    return this.sectorOf[i] === excess && x < 0;
  }

  fill(i: number): void {
    const x = this.traded(i);
    this.remove(i);
    this.weights[i]! += x;
    this.add(i, this.weights[i]!);
    this.invested += this.cost(i, x);
  }

  private add(i: number, w: number): void {
    const { k, loadings, specific } = this.mandate.universe.risk;
    this.invested += w;
    this.gross += Math.abs(w);
    this.specificVariance += specific[i]! * w * w;
    if (this.sectorOf[i]! >= 0) this.sectors[this.sectorOf[i]!]! += w;
    for (let j = 0; j < k; j += 1) this.exposure[j]! += loadings[i * k + j]! * w;
  }

  private remove(i: number): void {
    const { k, loadings, specific } = this.mandate.universe.risk;
    const w = this.weights[i]!;
    this.invested -= w;
    this.gross -= Math.abs(w);
    this.specificVariance -= specific[i]! * w * w;
    if (this.sectorOf[i]! >= 0) this.sectors[this.sectorOf[i]!]! -= w;
    for (let j = 0; j < k; j += 1) this.exposure[j]! -= loadings[i * k + j]! * w;
  }

  private variance(): number {
    let sum = this.specificVariance;
    for (const y of this.exposure) sum += y * y;
    return sum;
  }

  private varianceWith(i: number, x: number): { variance: number; change: number } {
    const { k, loadings, specific } = this.mandate.universe.risk;
    let [own, along] = [specific[i]!, specific[i]! * this.weights[i]!];
    for (let j = 0; j < k; j += 1) {
      const loading = loadings[i * k + j]!;
      own += loading * loading;
      along += loading * this.exposure[j]!;
    }
    const change = x * (2 * along + own * x);
    return { variance: Math.max(0, this.variance() + change), change };
  }

  /** The whole order as a change of weight. */
  private traded(i: number): number {
    const { price, nav } = this.mandate.universe;
    return (this.trades[i]! * price[i]!) / nav;
  }

  private cost(i: number, x: number): number {
    const size = Math.abs(x);
    return size * (this.mandate.costLinear[i]! + this.mandate.costImpact[i]! * Math.sqrt(size));
  }
}
