import { ExactSum } from '../numerics/index.js';
import { hitRate } from './hit-rate.js';

export interface ReliabilityBin {
  /** bounds of the confidences in it; the last bin holds its upper bound too */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly meanConfidence: number;
  readonly hitRate: number;
  /** of the hit rate: Wilson's, 95 % */
  readonly low: number;
  readonly high: number;
}

export interface BrierReport {
  readonly count: number;
  /** mean of (confidence - hit)^2; null without forecasts */
  readonly score: number | null;
  /** score = reliability - resolution + uncertainty + withinBins */
  readonly reliability: number;
  readonly resolution: number;
  readonly uncertainty: number;
  /** what confidences that differ within a bin add: their variance less twice their covariance with the hits; 0 where each bin holds one value */
  readonly withinBins: number;
  /** bins with forecasts, ascending */
  readonly curve: readonly ReliabilityBin[];
}

/**
 * Brier score (1950) of confidences in [0, 1], with the decomposition of Murphy (1973) and the two terms that make it exact for
 * binned forecasts (Stephenson, Coelho and Jolliffe 2008). Mergeable exactly.
 */
export class BrierScore {
  private readonly counts: Int32Array;
  private readonly hits: Int32Array;
  private readonly p: ExactSum[];
  private readonly pp: ExactSum[];
  private readonly py: ExactSum[];

  /** @param bins of equal width over [0, 1] */
  constructor(private readonly bins = 20) {
    this.counts = new Int32Array(bins);
    this.hits = new Int32Array(bins);
    const sums = () => Array.from({ length: bins }, () => new ExactSum());
    [this.p, this.pp, this.py] = [sums(), sums(), sums()];
  }

  /** Confidences outside of [0, 1] are an error of the caller's. */
  add(confidence: number, hit: boolean): void {
    if (!(confidence >= 0 && confidence <= 1)) throw new Error('BrierScore: a confidence is between 0 and 1');
    const bin = Math.min(this.bins - 1, Math.floor(confidence * this.bins));
    this.counts[bin]! += 1;
    this.p[bin]!.add(confidence);
    this.pp[bin]!.addProduct(confidence, confidence);
    if (!hit) return;
    this.hits[bin]! += 1;
    this.py[bin]!.add(confidence);
  }

  merge(other: BrierScore): void {
    if (other.bins !== this.bins) throw new Error('BrierScore: scores of different bins do not merge');
    for (let bin = 0; bin < this.bins; bin++) {
      this.counts[bin]! += other.counts[bin]!;
      this.hits[bin]! += other.hits[bin]!;
      this.p[bin]!.merge(other.p[bin]!);
      this.pp[bin]!.merge(other.pp[bin]!);
      this.py[bin]!.merge(other.py[bin]!);
    }
  }

  report(): BrierReport {
    const count = this.counts.reduce((total, each) => total + each, 0);
    if (count === 0) {
      return { count, score: null, reliability: 0, resolution: 0, uncertainty: 0, withinBins: 0, curve: [] };
    }
    const base = this.hits.reduce((total, each) => total + each, 0) / count;
    const [score, reliability, resolution, within] = [new ExactSum(), new ExactSum(), new ExactSum(), new ExactSum()];
    const curve: ReliabilityBin[] = [];
    for (let bin = 0; bin < this.bins; bin++) {
      const n = this.counts[bin]!;
      if (n === 0) continue;
      const hits = this.hits[bin]!;
      const [p, pp, py] = [this.p[bin]!.value, this.pp[bin]!.value, this.py[bin]!.value];
      const [mean, rate] = [p / n, hits / n];
      score.add(pp - 2 * py + hits);
      reliability.add(n * (mean - rate) * (mean - rate));
      resolution.add(n * (rate - base) * (rate - base));
      within.add(pp - p * mean - 2 * (py - p * rate));
      const { low, high } = hitRate(hits, n);
      curve.push({
        from: bin / this.bins,
        to: (bin + 1) / this.bins,
        count: n,
        meanConfidence: mean,
        hitRate: rate,
        low,
        high,
      });
    }
    return {
      count,
      score: score.value / count,
      reliability: reliability.value / count,
      resolution: resolution.value / count,
      uncertainty: base * (1 - base),
      withinBins: within.value / count,
      curve,
    };
  }
}
