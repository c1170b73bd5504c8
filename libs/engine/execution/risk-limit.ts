import { LIMIT_TOLERANCE } from '../optimisation/limits.js';
import type { Mandate } from '../optimisation/mandate.js';

/** The portfolio with r_1 ... r_q filled. */
interface Level {
  readonly variance: number;
  /** L'w, length k */
  readonly exposures: Float64Array;
}

/** The variance while orders fill: a bound on the largest that it can come to, by level. */
export class RiskLimit {
  private readonly max: number;
  /** whether the orders can break the limit at all */
  private readonly live: boolean;
  private readonly levels: Level[] = [];
  /** by order: its level, and how many orders had filled before it where it is required */
  private readonly placed = new Map<number, number>();
  private readonly requiredAt = new Map<number, number>();
  private readonly slot = new Map<number, number>();
  /** x_i x_j Sigma_ij over the orders, row-major */
  private joint: Float64Array | null = null;

  constructor(
    private readonly mandate: Mandate,
    private readonly trades: Float64Array,
  ) {
    const { universe, limits } = mandate;
    const { n, k, loadings, specific } = universe.risk;
    const exposures = new Float64Array(k);
    let variance = 0;
    for (let i = 0; i < n; i += 1) {
      const w = universe.w0[i]!;
      variance += specific[i]! * w * w;
      for (let f = 0; w !== 0 && f < k; f += 1) exposures[f]! += loadings[i * k + f]! * w;
      if (trades[i] !== 0) this.slot.set(i, this.slot.size);
    }
    for (const y of exposures) variance += y * y;
    const volatilityMax = Math.max(limits.volatilityMax, Math.sqrt(variance)) + LIMIT_TOLERANCE;
    this.max = volatilityMax * volatilityMax;
    this.levels.push({ variance, exposures });
    this.live = this.bound(0, [...this.slot.keys()]) > this.max;
  }

  /** 'risk' where some fill might break it with the order placed at the level, given that it fits at every higher one. */
  excessAt(level: number, i: number): 'risk' | null {
    if (!this.live) return null;
    return this.bound(level, [...this.openAt(level), i]) > this.max ? 'risk' : null;
  }

  place(i: number, level: number): void {
    this.placed.set(i, level);
  }

  /** Whether filling all of an order lowers the variance of the portfolio with all required orders filled. */
  relieves(i: number): boolean {
    return this.live && this.changeOf(this.levels[this.levels.length - 1]!, i) < 0;
  }

  require(i: number): void {
    const { k, loadings } = this.mandate.universe.risk;
    const last = this.levels[this.levels.length - 1]!;
    const exposures = last.exposures.slice();
    const x = this.weightOf(i);
    for (let f = 0; f < k; f += 1) exposures[f]! += loadings[i * k + f]! * x;
    this.requiredAt.set(i, this.levels.length);
    this.levels.push({ variance: last.variance + this.changeOf(last, i), exposures });
  }

  /** Orders that may be in part filled while the first `level` required ones have filled. */
  private openAt(level: number): number[] {
    const open: number[] = [];
    for (const [i, own] of this.placed) {
      if (own <= level && (this.requiredAt.get(i) ?? Infinity) > level) open.push(i);
    }
    return open;
  }

  /**
   * No less than the variance of any portfolio in which a part of each open order has filled. At a corner order i adds
   * l_i + 2 sum_j C_ij over those that filled before it: one that adds in every case is filled in the worst one, one that never does
   * is not (persistency, as in pseudo-Boolean optimisation: Boros and Hammer 2002). Of the others each counts with all
   * that it could add.
   */
  private bound(level: number, open: readonly number[]): number {
    const base = this.levels[level]!;
    const joint = (this.joint ??= this.jointVariances());
    const m = this.slot.size;
    const rows = open.map((i) => this.slot.get(i)! * m);
    const own = Float64Array.from(open, (i) => this.changeOf(base, i));
    const fewest = own.slice();
    const most = own.slice();
    for (const [a, row] of rows.entries()) {
      for (const [b, other] of rows.entries()) {
        if (a === b) continue;
        const shared = 2 * joint[row + other / m]!;
        if (shared < 0) fewest[a]! += shared;
        else most[a]! += shared;
      }
    }
    const undecided = new Set(open.keys());
    let variance = base.variance;
    for (let before = -1; undecided.size !== before;) {
      before = undecided.size;
      for (const a of undecided) {
        const filled = fewest[a]! >= 0;
        if (!filled && most[a]! > 0) continue;
        undecided.delete(a);
        if (filled) variance += own[a]!;
        for (const b of undecided) {
          const shared = 2 * joint[rows[a]! + rows[b]! / m]!;
          if (filled) own[b]! += shared;
          if (filled === shared > 0) fewest[b]! += filled ? shared : -shared;
          else most[b]! += filled ? shared : -shared;
        }
      }
    }
    for (const a of undecided) variance += Math.max(0, (own[a]! + most[a]!) / 2);
    return variance;
  }

  /** C: x_i x_j Sigma_ij */
  private jointVariances(): Float64Array {
    const { k, loadings } = this.mandate.universe.risk;
    const orders = [...this.slot.keys()];
    const m = orders.length;
    const scaled = new Float64Array(m * k);
    orders.forEach((i, a) => {
      const x = this.weightOf(i);
      for (let f = 0; f < k; f += 1) scaled[a * k + f] = loadings[i * k + f]! * x;
    });
    const joint = new Float64Array(m * m);
    for (let a = 0; a < m; a += 1) {
      for (let b = 0; b < a; b += 1) {
        let sum = 0;
        for (let f = 0; f < k; f += 1) sum += scaled[a * k + f]! * scaled[b * k + f]!;
        joint[a * m + b] = joint[b * m + a] = sum;
      }
    }
    return joint;
  }

  /** What filling all of an order alone adds to the variance of a level. */
  private changeOf({ exposures }: Level, i: number): number {
    const { risk, w0 } = this.mandate.universe;
    const { k, loadings, specific } = risk;
    const x = this.weightOf(i);
    let [along, own] = [specific[i]! * w0[i]!, specific[i]!];
    for (let f = 0; f < k; f += 1) {
      const loading = loadings[i * k + f]!;
      along += loading * exposures[f]!;
      own += loading * loading;
    }
    return x * (2 * along + own * x);
  }

  private weightOf(i: number): number {
    const { price, nav } = this.mandate.universe;
    return (this.trades[i]! * price[i]!) / nav;
  }
}
