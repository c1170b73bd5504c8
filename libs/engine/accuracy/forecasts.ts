import { chiSquaredUpperTail, ExactSum, ln } from '../numerics/index.js';

export interface LikelihoodRatio {
  readonly statistic: number;
  readonly pValue: number;
}

export interface VarBacktest {
  readonly days: number;
  readonly exceedances: number;
  readonly expected: number;
  /** as many exceedances as forecast (Kupiec 1995) */
  readonly coverage: LikelihoodRatio;
  /** exceedances that do not follow on one another (Christoffersen 1998) */
  readonly independence: LikelihoodRatio;
  /** both at once */
  readonly conditional: LikelihoodRatio;
}

/** a ln b with 0 ln 0 = 0 */
const xlogy = (a: number, b: number): number => (a === 0 ? 0 : a * ln(b));

/**
 * Tests of value-at-risk forecasts against what came. Days without a return or a forecast are left out.
 *
 * @param returns realised, oldest first
 * @param valuesAtRisk positive losses that were forecast for the same days, fraction
 * @param level probability of a loss beyond the forecast, 0.05 for VaR at 95 %
 */
export function backtestVar(returns: ArrayLike<number>, valuesAtRisk: ArrayLike<number>, level = 0.05): VarBacktest {
  const beyond: boolean[] = [];
  for (let t = 0; t < returns.length; t++) {
    const [value, limit] = [returns[t]!, valuesAtRisk[t]!];
    if (Number.isFinite(value) && Number.isFinite(limit)) beyond.push(value < -limit);
  }
  const n = beyond.length;
  const x = beyond.filter(Boolean).length;
  const likelihood = (p: number): number => xlogy(n - x, 1 - p) + xlogy(x, p);
  const coverage = n === 0 ? 0 : 2 * (likelihood(x / n) - likelihood(level));
  const independence = 2 * markovGain(beyond);
  return {
    days: n,
    exceedances: x,
    expected: level * n,
    coverage: ratio(coverage, 1),
    independence: ratio(independence, 1),
    conditional: ratio(coverage + independence, 2),
  };
}

function ratio(statistic: number, degrees: 1 | 2): LikelihoodRatio {
  const bounded = Math.max(0, statistic);
  return { statistic: bounded, pValue: chiSquaredUpperTail(bounded, degrees) };
}

/** ln of the likelihood of a first-order Markov chain over that of independent days */
function markovGain(beyond: readonly boolean[]): number {
  const counts = [0, 0, 0, 0];
  for (let t = 1; t < beyond.length; t++) counts[2 * Number(beyond[t - 1]) + Number(beyond[t])]! += 1;
  const [n00, n01, n10, n11] = counts as [number, number, number, number];
  const all = n00 + n01 + n10 + n11;
  if (all === 0) return 0;
  const rate = (n01 + n11) / all;
  const [from0, from1] = [n00 + n01 > 0 ? n01 / (n00 + n01) : 0, n10 + n11 > 0 ? n11 / (n10 + n11) : 0];
  const chain = xlogy(n00, 1 - from0) + xlogy(n01, from0) + xlogy(n10, 1 - from1) + xlogy(n11, from1);
  return chain - xlogy(n00 + n10, 1 - rate) - xlogy(n01 + n11, rate);
}

export interface BiasStatistic {
  readonly count: number;
  /** root mean square of realised over forecast deviation, 1 for a perfect forecast; null without forecasts */
  readonly value: number | null;
  /** bounds that 95 % of perfect forecasts of normal returns keep: 1 +- sqrt(2 / n) (Connor, Goldberg and Korajczyk 2010, chapter 14) */
  readonly low: number;
  readonly high: number;
}

/** Bias statistic of volatility forecasts, about a mean of zero. Mergeable exactly. */
export class BiasOfRisk {
  private count = 0;
  private readonly squares = new ExactSum();

  /** @param deviation forecast for the same period, > 0; others are left out */
  add(realised: number, deviation: number): void {
    const score = realised / deviation;
    if (!Number.isFinite(score) || !(deviation > 0)) return;
    this.count += 1;
    this.squares.addProduct(score, score);
  }

  merge(other: BiasOfRisk): void {
    this.count += other.count;
    this.squares.merge(other.squares);
  }

  report(): BiasStatistic {
    const n = this.count;
    if (n === 0) return { count: 0, value: null, low: 0, high: Infinity };
    const half = Math.sqrt(2 / n);
    return { count: n, value: Math.sqrt(this.squares.value / n), low: Math.max(0, 1 - half), high: 1 + half };
  }
}

export interface CostAccuracy {
  readonly count: number;
  /** money */
  readonly forecast: number;
  readonly realised: number;
  /** realised over forecast, 1 for a perfect forecast; null where nothing was forecast */
  readonly ratio: number | null;
  /** realised less forecast over the traded value, basis points: mean weighted by value, and its root mean square */
  readonly meanErrorBps: number | null;
  readonly rootMeanSquareErrorBps: number | null;
}

/** Forecast costs against those of the fills. Mergeable exactly. */
export class CostForecasts {
  private count = 0;
  private readonly forecast = new ExactSum();
  private readonly realised = new ExactSum();
  private readonly traded = new ExactSum();
  private readonly squares = new ExactSum();

  /** @param notional traded value, > 0; everything in money */
  add(forecast: number, realised: number, notional: number): void {
    const error = realised - forecast;
    if (!Number.isFinite(error) || !(notional > 0)) return;
    this.count += 1;
    this.forecast.add(forecast);
    this.realised.add(realised);
    this.traded.add(notional);
    this.squares.add((error / notional) * error);
  }

  merge(other: CostForecasts): void {
    this.count += other.count;
    this.forecast.merge(other.forecast);
    this.realised.merge(other.realised);
    this.traded.merge(other.traded);
    this.squares.merge(other.squares);
  }

  report(): CostAccuracy {
    const [forecast, realised, traded] = [this.forecast.value, this.realised.value, this.traded.value];
    return {
      count: this.count,
      forecast,
      realised,
      ratio: forecast > 0 ? realised / forecast : null,
      meanErrorBps: traded > 0 ? (1e4 * (realised - forecast)) / traded : null,
      rootMeanSquareErrorBps: traded > 0 ? 1e4 * Math.sqrt(this.squares.value / traded) : null,
    };
  }
}
