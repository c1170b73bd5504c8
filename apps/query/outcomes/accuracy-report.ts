import {
  BrierScore,
  type BrierReport,
  Comoments,
  deflatedSharpe,
  hitRate,
  type HitRate,
  meanCoefficient,
  probabilisticSharpe,
  returnMoments,
  sharpeRatio,
  spearman,
} from '#engine';
import type { ProfitDay, ScoredOutcome } from '#read-models';

/** How right a group of signals, or of decisions, was. What too few outcomes say nothing of is null. */
export interface Accuracy {
  readonly key: string | null;
  readonly measured: number;
  /** of those with a direction; Wilson's interval at 95 % */
  readonly hit_rate: {
    readonly hits: number;
    readonly trials: number;
    readonly rate: number | null;
    readonly low: number;
    readonly high: number;
  };
  /** of claimed and realised returns */
  readonly information_coefficient: {
    /** Pearson's, over all; null for fewer than three or constant ones */
    readonly pooled: number | null;
    /** mean of Spearman's of the days, and its standard error with overlapping horizons (Newey and West) */
    readonly daily_mean: number | null;
    readonly standard_error: number | null;
    readonly days: number;
  };
  /** of the confidences of those with a direction, with Murphy's decomposition; null without any */
  readonly brier: {
    readonly score: number;
    readonly reliability: number;
    readonly resolution: number;
    readonly uncertainty: number;
    readonly within_bins: number;
  } | null;
  /** what was said, and what came of it, by bins of confidence */
  readonly reliability_curve: readonly {
    readonly from: number;
    readonly to: number;
    readonly count: number;
    readonly mean_confidence: number;
    readonly hit_rate: number;
    readonly low: number;
    readonly high: number;
  }[];
}

/** Of what the decisions of each day earned; null where too few days, or constant ones, say nothing. */
export interface SharpeReport {
  readonly days: number;
  /** of a day, not annualised */
  readonly sharpe: number | null;
  /** probability that the true ratio is above 0, and above the best that so many groups without skill would have shown */
  readonly probabilistic: number | null;
  readonly deflated: number | null;
}

const BINS = 10;

/** One for each key, by name; those without one last. */
export function accuracyByKey(rows: readonly ScoredOutcome[]): Accuracy[] {
  const groups = new Map<string | null, ScoredOutcome[]>();
  for (const row of rows) {
    const group = groups.get(row.key);
    if (group === undefined) groups.set(row.key, [row]);
    else group.push(row);
  }
  return [...groups]
    .sort(([a], [b]) => (a === null ? 1 : b === null ? -1 : a < b ? -1 : 1))
    .map(([key, group]) => accuracyOf(key, group));
}

export function accuracyOf(key: string | null, rows: readonly ScoredOutcome[]): Accuracy {
  const directed = rows.filter(({ hit }) => hit !== null);
  const brier = new BrierScore(BINS);
  for (const { confidence, hit } of directed) brier.add(Math.min(1, Math.max(0, confidence)), hit === true);
  const report = brier.report();
  return {
    key,
    measured: rows.length,
    hit_rate: wireHitRate(hitRate(directed.filter(({ hit }) => hit === true).length, directed.length)),
    information_coefficient: coefficientOf(rows),
    brier: wireBrier(report),
    reliability_curve: report.curve.map(({ from, to, count, meanConfidence, hitRate: hits, low, high }) => ({
      from,
      to,
      count,
      mean_confidence: meanConfidence,
      hit_rate: hits,
      low,
      high,
    })),
  };
}

/** @param trials groups that were looked at */
export function sharpeOf(days: readonly ProfitDay[], trials: number): SharpeReport {
  const moments = returnMoments(days.map((day) => day.return));
  const ratio = finite(sharpeRatio(moments));
  return {
    days: moments.count,
    sharpe: ratio,
    probabilistic: finite(probabilisticSharpe(moments)),
    deflated: ratio === null ? null : finite(deflatedSharpe(moments, trials, 1 / Math.max(1, moments.count - 1))),
  };
}

function coefficientOf(rows: readonly ScoredOutcome[]): Accuracy['information_coefficient'] {
  const pooled = new Comoments();
  const days = new Map<string, { score: number; realised: number }[]>();
  let horizon = 1;
  for (const { day, score, realised, horizon_days } of rows) {
    pooled.add(score, realised);
    horizon = Math.max(horizon, horizon_days);
    const pairs = days.get(day);
    if (pairs === undefined) days.set(day, [{ score, realised }]);
    else pairs.push({ score, realised });
  }
  const daily = [...days]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, pairs]) => (pairs.length < 3 ? null : spearman(pairs).value));
  const { mean, standardError, days: counted } = meanCoefficient(daily, horizon);
  return {
    pooled: rows.length < 3 ? null : pooled.correlation().value,
    daily_mean: mean,
    standard_error: standardError,
    days: counted,
  };
}

const wireHitRate = ({ hits, trials, rate, low, high }: HitRate): Accuracy['hit_rate'] => ({
  hits,
  trials,
  rate,
  low,
  high,
});

const wireBrier = ({ score, reliability, resolution, uncertainty, withinBins }: BrierReport): Accuracy['brier'] =>
  score === null ? null : { score, reliability, resolution, uncertainty, within_bins: withinBins };

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
