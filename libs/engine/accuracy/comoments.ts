import { ExactSum } from '../numerics/index.js';

export interface Correlation {
  readonly count: number;
  /** Pearson's correlation, in [-1, 1]; null for fewer than two pairs or where one side is constant */
  readonly value: number | null;
  /** (1 - r^2) / sqrt(n - 1) (Fisher, large samples) as null for fewer than three pairs; sampling error of independent pairs only */
  readonly standardError: number | null;
}

/**
 * Sums of pairs from which their correlation follows. They are exact, so that those of hours merge into those of a day to the last bit, in any order.
 * Pairs with a number that is not finite are left out and counted.
 */
export class Comoments {
  skipped = 0;
  private count = 0;
  private readonly x: ExactSum;
  private readonly y: ExactSum;
  private readonly xx: ExactSum;
  private readonly yy: ExactSum;
  private readonly xy: ExactSum;

  constructor(state?: ComomentsState) {
    this.count = state?.count ?? 0;
    this.skipped = state?.skipped ?? 0;
    this.x = new ExactSum(state?.x);
    this.y = new ExactSum(state?.y);
    this.xx = new ExactSum(state?.xx);
    this.yy = new ExactSum(state?.yy);
    this.xy = new ExactSum(state?.xy);
  }

  add(x: number, y: number): void {
    if (!Number.isFinite(x) || !Number.isFinite(y)) {
      this.skipped += 1;
      return;
    }
    this.count += 1;
    this.x.add(x);
    this.y.add(y);
    this.xx.addProduct(x, x);
    this.yy.addProduct(y, y);
    this.xy.addProduct(x, y);
  }

  merge(other: Comoments): void {
    this.count += other.count;
    this.skipped += other.skipped;
    this.x.merge(other.x);
    this.y.merge(other.y);
    this.xx.merge(other.xx);
    this.yy.merge(other.yy);
    this.xy.merge(other.xy);
  }

  correlation(): Correlation {
    const n = this.count;
    const missing = { count: n, value: null, standardError: null };
    if (n < 2) return missing;
    const xx = centred(this.xx, this.x, this.x, n);
    const yy = centred(this.yy, this.y, this.y, n);
    // a constant side has a centred sum of exactly 0 or of rounding alone
    if (!(xx > 1e-14 * this.xx.value) || !(yy > 1e-14 * this.yy.value)) return missing;
    const raw = centred(this.xy, this.x, this.y, n) / Math.sqrt(xx * yy);
    const value = Math.min(1, Math.max(-1, raw));
    return { count: n, value, standardError: n < 3 ? null : (1 - value * value) / Math.sqrt(n - 1) };
  }

  toJSON(): ComomentsState {
    const { count, skipped, x, y, xx, yy, xy } = this;
    return {
      count,
      skipped,
      x: x.toJSON(),
      y: y.toJSON(),
      xx: xx.toJSON(),
      yy: yy.toJSON(),
      xy: xy.toJSON(),
    };
  }
}

export interface ComomentsState {
  readonly count: number;
  readonly skipped: number;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly xx: readonly number[];
  readonly yy: readonly number[];
  readonly xy: readonly number[];
}

/** sum ab - (sum a)(sum b) / n, with the products exact */
function centred(ab: ExactSum, a: ExactSum, b: ExactSum, n: number): number {
  const total = new ExactSum();
  for (const part of ab.toJSON()) total.addProduct(n, part);
  total.addProduct(-a.value, b.value);
  return total.value / n;
}
