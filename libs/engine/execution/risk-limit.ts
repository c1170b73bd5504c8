import { LIMIT_TOLERANCE } from '../optimisation/limits.js';
import type { Mandate } from '../optimisation/mandate.js';

/** The portfolio with r_1 ... r_q filled, and the orders that may be in part filled then. */
interface Level {
  readonly variance: number;
  /** L'w, length k */
  readonly exposures: Float64Array;
  /** slots of the open orders, in the order in which they were placed */
  readonly open: number[];
  /** by slot: what filling the whole order alone adds to the variance; NaN where nobody has asked */
  readonly own: Float64Array;
  /** by slot: sums of 2 C_ij over the open orders j, those below 0 and those above */
  readonly negative: Float64Array;
  readonly positive: Float64Array;
}

/** The open orders that a bound is taken over: their slots, what each adds alone, with those that lower it, and with those that raise it. */
interface OpenOrders {
  readonly slots: Int32Array;
  readonly own: Float64Array;
  readonly fewest: Float64Array;
  readonly most: Float64Array;
  /** places in the arrays above */
  readonly undecided: Int32Array;
}

/** The variance while orders fill: a bound on the largest that it can come to, by level. */
export class RiskLimit {
  private readonly max: number;
  /** whether the orders can break the limit at all */
  private readonly live: boolean;
  private readonly levels: Level[] = [];
  /** instruments that trade, and the slot of each */
  private readonly orders: readonly number[];
  private readonly slot: ReadonlyMap<number, number>;
  /** 2 C_ij = 2 x_i x_j Sigma_ij over the orders, row-major; empty where the limit is out of reach */
  private joint: Float64Array = new Float64Array(0);
  private readonly adds: OpenOrders;

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
    }
    for (const y of exposures) variance += y * y;
    this.orders = [...trades.keys()].filter((i) => trades[i] !== 0);
    this.slot = new Map(this.orders.map((i, a) => [i, a]));
    const m = this.orders.length;
    const [slots, undecided] = [new Int32Array(m), new Int32Array(m)];
    this.adds = { slots, undecided, own: new Float64Array(m), fewest: new Float64Array(m), most: new Float64Array(m) };
    const volatilityMax = Math.max(limits.volatilityMax, Math.sqrt(variance)) + LIMIT_TOLERANCE;
    this.max = volatilityMax * volatilityMax;
    this.live = this.isWithinReach(Math.sqrt(variance), volatilityMax);
    if (!this.live) return;
    this.joint = this.jointVariances();
    const all = this.level(variance, exposures, new Float64Array(m), new Float64Array(m));
    for (let a = 1; a < m; a += 1) this.open(all, a - 1);
    this.live = m > 0 && this.exceeds(all, m - 1);
    if (this.live) this.levels.push(this.level(variance, exposures, new Float64Array(m), new Float64Array(m)));
  }

  /** 'risk' where some fill might break it with the order placed at the level, given that it fits at every higher one. */
  excessAt(level: number, i: number): 'risk' | null {
    return this.live && this.exceeds(this.levels[level]!, this.slot.get(i)!) ? 'risk' : null;
  }

  place(i: number, level: number): void {
    for (let q = level; q < this.levels.length; q += 1) this.open(this.levels[q]!, this.slot.get(i)!);
  }

  /** Whether filling all of an order lowers the variance of the portfolio with all required orders filled. */
  relieves(i: number): boolean {
    return this.live && this.changeAt(this.levels[this.levels.length - 1]!, this.slot.get(i)!) < 0;
  }

  /** A placed order is filled from the next level on. */
  require(i: number): void {
    if (!this.live) return;
    const { k, loadings } = this.mandate.universe.risk;
    const last = this.levels[this.levels.length - 1]!;
    const own = this.slot.get(i)!;
    const exposures = last.exposures.slice();
    const x = this.weightOf(i);
    for (let f = 0; f < k; f += 1) exposures[f]! += loadings[i * k + f]! * x;
    const variance = last.variance + this.changeAt(last, own);
    const next = this.level(variance, exposures, last.negative.slice(), last.positive.slice());
    this.share(next, own, -1);
    next.open.push(...last.open.filter((a) => a !== own));
    this.levels.push(next);
  }

  private level(variance: number, exposures: Float64Array, negative: Float64Array, positive: Float64Array): Level {
    const own = new Float64Array(this.orders.length).fill(NaN);
    return { variance, exposures, open: [], own, negative, positive };
  }

  private open(level: Level, a: number): void {
    level.open.push(a);
    this.share(level, a, 1);
  }

  /** Counts (1), or no longer counts (-1), what an order shares with each other one. */
  private share({ negative, positive }: Level, a: number, sign: 1 | -1): void {
    const m = this.orders.length;
    for (let b = 0; b < m; b += 1) {
      const shared = this.joint[a * m + b]!;
      if (b === a) continue;
      if (shared < 0) negative[b]! += sign * shared;
      else positive[b]! += sign * shared;
    }
  }

  /**
   * Whether the variance of some portfolio in which a part of each open order and of one more has filled might be above the limit. At a
   * corner order i adds l_i + 2 sum_j C_ij over those that filled before it, so that no corner is above base + sum_i max(0, l_i + sum_j
   * max(0, C_ij)). Where that is too much, the closer bound tells.
   */
  private exceeds(level: Level, more: number): boolean {
    const { slots, own, fewest, most } = this.adds;
    const m = this.orders.length;
    const count = level.open.length + 1;
    let loose = level.variance;
    for (let at = 0; at < count; at += 1) {
      const a = (slots[at] = level.open[at] ?? more);
      const shared = a === more ? 0 : this.joint[more * m + a]!;
      own[at] = this.changeAt(level, a);
      fewest[at] = own[at]! + level.negative[a]! + Math.min(0, shared);
      most[at] = own[at]! + level.positive[a]! + Math.max(0, shared);
      loose += Math.max(0, (own[at]! + most[at]!) / 2);
    }
    return loose > this.max && this.persistencyBound(level.variance, count) > this.max;
  }

  /**
   * No less than the variance at any corner. An order that adds in every case is filled in the worst one, one that never does is not
   * (persistency, as in pseudo-Boolean optimisation: Boros and Hammer 2002). Of the others each counts with all that it could add.
   *
   * @param count of the orders in `adds`, which are changed
   */
  private persistencyBound(base: number, count: number): number {
    const { slots, own, fewest, most, undecided } = this.adds;
    const m = this.orders.length;
    for (let at = 0; at < count; at += 1) undecided[at] = at;
    let [left, variance] = [count, base];
    for (let before = -1; left !== before;) {
      before = left;
      for (let at = 0; at < left;) {
        const a = undecided[at]!;
        const filled = fewest[a]! >= 0;
        if (!filled && most[a]! > 0) {
          at += 1;
          continue;
        }
        left -= 1;
        undecided.copyWithin(at, at + 1, left + 1);
        if (filled) variance += own[a]!;
        for (let other = 0; other < left; other += 1) {
          const b = undecided[other]!;
          const shared = this.joint[slots[a]! * m + slots[b]!]!;
          if (filled) own[b]! += shared;
          const extreme = filled === shared > 0 ? fewest : most;
          extreme[b]! += filled ? shared : -shared;
        }
      }
    }
    for (let at = 0; at < left; at += 1) {
      const a = undecided[at]!;
      variance += Math.max(0, (own[a]! + most[a]!) / 2);
    }
    return variance;
  }

  /** By the triangle inequality of volatilities the limit may be out of reach of all orders together. */
  private isWithinReach(volatility: number, volatilityMax: number): boolean {
    const { k, loadings, specific } = this.mandate.universe.risk;
    let most = volatility;
    for (const i of this.orders) {
      let variance = specific[i]!;
      for (let f = 0; f < k; f += 1) variance += loadings[i * k + f]! * loadings[i * k + f]!;
      most += Math.abs(this.weightOf(i)) * Math.sqrt(variance);
    }
    return most > volatilityMax;
  }

  private jointVariances(): Float64Array {
    const { k, loadings } = this.mandate.universe.risk;
    const m = this.orders.length;
    const scaled = new Float64Array(m * k);
    this.orders.forEach((i, a) => {
      const x = this.weightOf(i);
      for (let f = 0; f < k; f += 1) scaled[a * k + f] = loadings[i * k + f]! * x;
    });
    const joint = new Float64Array(m * m);
    for (let a = 0; a < m; a += 1) {
      for (let b = 0; b < a; b += 1) {
        let sum = 0;
        for (let f = 0; f < k; f += 1) sum += scaled[a * k + f]! * scaled[b * k + f]!;
        joint[a * m + b] = joint[b * m + a] = 2 * sum;
      }
    }
    return joint;
  }

  /** What filling all of an order alone adds to the variance of a level. */
  private changeAt({ exposures, own }: Level, a: number): number {
    if (!Number.isNaN(own[a]!)) return own[a]!;
    const { risk, w0 } = this.mandate.universe;
    const { k, loadings, specific } = risk;
    const i = this.orders[a]!;
    const x = this.weightOf(i);
    let [along, square] = [specific[i]! * w0[i]!, specific[i]!];
    for (let f = 0; f < k; f += 1) {
      const loading = loadings[i * k + f]!;
      along += loading * exposures[f]!;
      square += loading * loading;
    }
    return (own[a] = x * (2 * along + square * x));
  }

  private weightOf(i: number): number {
    const { price, nav } = this.mandate.universe;
    return (this.trades[i]! * price[i]!) / nav;
  }
}
