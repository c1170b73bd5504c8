import { ln } from '../../numerics/index.js';
import { MIN_RETURNS, SPECIFIC_FLOOR, VOLATILITY_HALF_LIFE_DAYS } from '../build-risk-model.js';
import { estimateFactors, type FactorEstimate } from '../factor-estimate.js';
import { type CloseHistory, type ReturnTable, returnTable, selectDays, selectRows } from '../returns.js';
import { alarmsOf, type RiskModelAlarm } from './alarms.js';
import { dailyForecast, forecastVariance } from './daily-forecast.js';
import { squaredMahalanobis } from './mahalanobis.js';
import { factorPortfolio, fixedPortfolios, RANDOM_PORTFOLIOS } from './test-portfolios.js';
import { VolatilityPath } from './volatility-path.js';

/** the last year is forecast, from at least another year before it */
const TEST_DAYS = 252;
const HISTORY_DAYS = 252;
/** fewer forecasts say nothing */
const MIN_TEST_DAYS = 63;
/** days between estimates of the correlations */
const REFIT_DAYS = 21;

/** How the model would have forecast the last year; every figure but qlike is 1 for a perfect one. */
export interface RiskModelSelfTest {
  /** indices into the days of the returns: return t leads to date t + 1 */
  readonly firstDay: number;
  readonly lastDay: number;
  readonly refits: number;
  /** root mean square of return over forecast volatility */
  readonly bias: {
    readonly equalWeight: number;
    /** of each of the random portfolios */
    readonly randomLong: Float64Array;
    readonly randomLongShort: Float64Array;
    /** strongest first */
    readonly factors: Float64Array;
  };
  /** random portfolios whose bias is within 1 +- sqrt(2 / days), as 95 % of perfect forecasts of normal returns are */
  readonly withinBand: number;
  /** mean of ln(s^2) + r^2 / s^2 of the model, and of the plain standard deviation of a year */
  readonly qlike: number;
  readonly qlikeReference: number;
  /** mean of r' Sigma^-1 r / n */
  readonly mahalanobis: number;
  readonly alarms: readonly RiskModelAlarm[];
}

/**
 * Walks forward over the last year of returns: each day is forecast from the days before it alone, with EWMA volatilities of the
 * evening before and factors of at most 21 days before, and compared with what came. Bias statistic: Connor, Goldberg and Korajczyk (2010), Portfolio
 * Risk Analysis, chapter 14; QLIKE: Patton (2011).
 *
 * @returns null for fewer than 315 days of returns
 */
export function testRiskModel(history: CloseHistory): RiskModelSelfTest | null {
  const table = returnTable(history);
  const first = Math.max(HISTORY_DAYS, table.days - TEST_DAYS);
  if (table.days - first < MIN_TEST_DAYS) return null;
  const path = new VolatilityPath(table, VOLATILITY_HALF_LIFE_DAYS, first);
  const scores = new Scores(table, path);
  let refits = 0;
  for (let from = first; from < table.days; from += REFIT_DAYS) {
    const estimate = estimateBefore(table, from);
    refits += 1;
    for (let day = from; day < Math.min(from + REFIT_DAYS, table.days); day++) {
      scores.add(day, estimate);
      path.advance();
    }
  }
  return scores.result(first, refits);
}

interface PastEstimate {
  readonly core: FactorEstimate;
  /** row in the estimate of each instrument, -1 without one */
  readonly rowOf: Int32Array;
}

function estimateBefore(table: ReturnTable, day: number): PastEstimate {
  const past = selectDays(table, 0, day);
  const rowOf = new Int32Array(table.n).fill(-1);
  const rows: number[] = [];
  past.counts.forEach((count, i) => {
    if (count >= MIN_RETURNS) rowOf[i] = rows.push(i) - 1;
  });
  return { core: estimateFactors(selectRows(past, rows)), rowOf };
}

/** A mean of squares. */
class MeanSquare {
  private total = 0;
  private count = 0;

  add(square: number): void {
    this.total += square;
    this.count += 1;
  }

  get value(): number {
    return this.count > 0 ? this.total / this.count : 0;
  }

  get root(): number {
    return Math.sqrt(this.value);
  }
}

const meanSquares = (count: number): MeanSquare[] => Array.from({ length: count }, () => new MeanSquare());

class Scores {
  private readonly portfolios: readonly Float64Array[];
  private readonly ofPortfolios: readonly MeanSquare[];
  private readonly ofFactors: MeanSquare[] = [];
  private readonly losses = new MeanSquare();
  private readonly referenceLosses = new MeanSquare();
  private readonly distances = new MeanSquare();

  constructor(
    private readonly table: ReturnTable,
    private readonly path: VolatilityPath,
  ) {
    this.portfolios = fixedPortfolios(table.n);
    this.ofPortfolios = meanSquares(this.portfolios.length);
  }

  add(day: number, { core, rowOf }: PastEstimate): void {
    const { days, values, present } = this.table;
    const rows = Int32Array.from(
      Array.from(rowOf.keys()).filter((i) => rowOf[i]! >= 0 && present[i * days + day] === 1),
    );
    if (rows.length === 0) return;
    const volatility = this.path.forecasts(Math.sqrt(SPECIFIC_FLOOR));
    const forecast = dailyForecast(core, rows, rowOf, volatility, SPECIFIC_FLOOR);
    const returns = Float64Array.from(rows, (i) => values[i * days + day]!);
    this.portfolios.forEach((weights, p) => {
      const held = Float64Array.from(rows, (i) => weights[i]!);
      this.ofPortfolios[p]!.add(standardisedSquare(held, returns, forecastVariance(forecast, held)));
    });
    for (let f = 0; f < core.k; f++) {
      const held = factorPortfolio(core, f, rows, rowOf, volatility);
      const score = (this.ofFactors[f] ??= new MeanSquare());
      score.add(standardisedSquare(held, returns, forecastVariance(forecast, held)));
    }
    this.distances.add(squaredMahalanobis(forecast, returns) / rows.length);
    this.addLosses(rows, returns, volatility);
  }

  private addLosses(rows: Int32Array, returns: Float64Array, volatility: Float64Array): void {
    rows.forEach((i, at) => {
      const square = returns[at]! * returns[at]!;
      this.losses.add(qlike(square, volatility[i]! * volatility[i]!));
      this.referenceLosses.add(qlike(square, Math.max(this.path.referenceVariance(i), SPECIFIC_FLOOR)));
    });
  }

  result(first: number, refits: number): RiskModelSelfTest {
    const days = this.table.days - first;
    const bias = Float64Array.from(this.ofPortfolios, (each) => each.root);
    const random = bias.subarray(1);
    const band = Math.sqrt(2 / days);
    const figures = {
      bias: {
        equalWeight: bias[0]!,
        randomLong: random.slice(0, RANDOM_PORTFOLIOS),
        randomLongShort: random.slice(RANDOM_PORTFOLIOS),
        factors: Float64Array.from(this.ofFactors, (each) => each.root),
      },
      withinBand: random.filter((value) => Math.abs(value - 1) <= band).length,
      qlike: this.losses.value,
      qlikeReference: this.referenceLosses.value,
      mahalanobis: this.distances.value,
    };
    return { firstDay: first, lastDay: this.table.days - 1, refits, ...figures, alarms: alarmsOf(figures) };
  }
}

function standardisedSquare(weights: Float64Array, returns: Float64Array, variance: number): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += weights[i]! * returns[i]!;
  return variance > 0 ? (total * total) / variance : 0;
}

const qlike = (square: number, variance: number): number => ln(variance) + square / variance;
