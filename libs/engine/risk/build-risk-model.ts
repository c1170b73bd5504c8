import type { FactorModel } from '../input.js';
import { median } from '../numerics/index.js';
import { ewmaVolatilities } from './ewma.js';
import { estimateFactors, type FactorEstimate } from './factor-estimate.js';
import { PRIOR_CORRELATION, PRIOR_LOADING, PRIOR_VOLATILITY, priorDirection } from './prior.js';
import { regimeOf } from './regime.js';
import { type CloseHistory, type ReturnTable, returnTable, selectRows } from './returns.js';

export const VOLATILITY_HALF_LIFE_DAYS = 42;
/** with fewer returns an instrument takes its sector's volatility and the prior correlation */
export const MIN_RETURNS = 60;
export const SPECIFIC_FLOOR = 1e-8;

/** A built risk model; whoever publishes it names it by the hash of its content. */
export interface BuiltRiskModel {
  /** factor covariance the identity, factors by falling strength, daily; instruments in the order of the input */
  readonly model: Omit<FactorModel, 'id'>;
  /** EWMA volatility of one day, in the order of the instruments */
  readonly volatility: Float64Array;
  readonly diagnostics: RiskModelDiagnostics;
}

interface RiskModelDiagnostics {
  /** last date of the closes */
  readonly asOf: string | null;
  /** number of daily returns used at most */
  readonly days: number;
  /** returns of each instrument */
  readonly returnCounts: Int32Array;
  /** instruments with too few returns for an estimate of their own */
  readonly assumed: readonly string[];
  /** Ledoit-Wolf weight of the constant-correlation target */
  readonly shrinkage: number;
  readonly averageCorrelation: number;
  /** share of the total variance of standardised returns of each factor */
  readonly explained: readonly number[];
  readonly regimePercentile: number | null;
}

/**
 * A factor model from daily closes (model, section 3): EWMA volatilities (half-life 42 days), EWMA correlations (half-life 126
 * days, pairwise over common days) shrunk toward one common correlation, the k = min(15, n) principal factors of the
 * result, and the remainder of each variance as specific, at least 1e-8. Factors with no positive eigenvalue are left out, so that the
 * covariance is positive definite even where pairwise correlations are not.
 *
 * Deterministic for given rows.
 */
export function buildRiskModel(history: CloseHistory): BuiltRiskModel {
  const table = returnTable(history);
  const estimated = rowsWhere(table.counts, (count) => count >= MIN_RETURNS);
  const sample = selectRows(table, estimated);
  const core = estimateFactors(sample);
  const own = ewmaVolatilities(sample, VOLATILITY_HALF_LIFE_DAYS);
  const volatility = volatilities(history.sectors, table.n, estimated, own);
  const regime = regimeOf(marketFactor(sample, core, own));
  return {
    model: {
      instruments: history.instruments,
      ...covariance(core, estimated, volatility),
      regime: regime.regime,
    },
    volatility,
    diagnostics: {
      asOf: history.dates.at(-1) ?? null,
      days: table.days,
      returnCounts: table.counts,
      assumed: rowsWhere(table.counts, (count) => count < MIN_RETURNS).map((i) => history.instruments[i]!),
      shrinkage: core.shrinkage,
      averageCorrelation: core.averageCorrelation,
      explained: Array.from(core.values, (value) => value / Math.max(sample.n, 1)),
      regimePercentile: regime.percentile,
    },
  };
}

/** Own EWMA volatility, else the median of the sector, else of all, else 2 % a day. */
function volatilities(
  sectors: readonly (string | null)[],
  n: number,
  estimated: readonly number[],
  own: Float64Array,
): Float64Array {
  const volatility = new Float64Array(n).fill(NaN);
  const bySector = new Map<string, number[]>();
  estimated.forEach((i, row) => {
    // a price that never moved still has the floor of the specific variance
    volatility[i] = Math.max(own[row]!, Math.sqrt(SPECIFIC_FLOOR));
    const sector = sectors[i] ?? null;
    if (sector !== null) bySector.set(sector, [...(bySector.get(sector) ?? []), volatility[i]]);
  });
  const overall = estimated.length > 0 ? median(estimated.map((i) => volatility[i]!)) : PRIOR_VOLATILITY;
  return volatility.map((value, i) => {
    if (!Number.isNaN(value)) return value;
    const peers = bySector.get(sectors[i] ?? '');
    return peers === undefined ? overall : median(peers);
  });
}

/** Loadings and specific variances of all instruments, those without an estimate along the mean direction of the factors. */
function covariance(
  core: FactorEstimate,
  estimated: readonly number[],
  volatility: Float64Array,
): Pick<FactorModel, 'loadings' | 'factorCovariance' | 'specificVariance'> {
  const n = volatility.length;
  const direction = estimated.length < n ? priorDirection(meanRow(core)) : new Float64Array(core.k);
  const k = direction.length;
  const rowOf = new Map(estimated.map((i, row) => [i, row]));
  const loadings: number[][] = [];
  const specificVariance: number[] = [];
  for (let i = 0; i < n; i++) {
    const sigma = volatility[i]!;
    const row = rowOf.get(i);
    const standardised = row === undefined ? direction.map((value) => value * PRIOR_LOADING) : padded(core, row, k);
    const common = standardised.reduce((total, value) => total + value * value, 0);
    loadings.push(Array.from(standardised, (value) => sigma * value));
    const rest = row === undefined ? 1 - PRIOR_CORRELATION : 1 - common;
    specificVariance.push(Math.max(sigma * sigma * rest, SPECIFIC_FLOOR));
  }
  const factorCovariance = Array.from({ length: k }, (_, f) => Array.from({ length: k }, (__, g) => (f === g ? 1 : 0)));
  return { loadings, factorCovariance, specificVariance };
}

function padded(core: FactorEstimate, row: number, k: number): Float64Array {
  const result = new Float64Array(k);
  result.set(core.loadings.subarray(row * core.k, (row + 1) * core.k));
  return result;
}

function meanRow({ n, k, loadings }: FactorEstimate): Float64Array {
  const mean = new Float64Array(k);
  for (let i = 0; i < n; i++) {
    for (let f = 0; f < k; f++) mean[f]! += loadings[i * k + f]! / n;
  }
  return mean;
}

/** Daily returns of the first factor: the loadings' weighted mean of the standardised returns that the day has. */
function marketFactor(
  { n, days, values, present }: ReturnTable,
  core: FactorEstimate,
  volatility: Float64Array,
): Float64Array {
  const scale = volatility.map((sigma) => (sigma > 0 ? 1 / sigma : 0));
  return Float64Array.from({ length: days }, (_, t) => {
    let total = 0;
    let weight = 0;
    for (let i = 0; i < n; i++) {
      const loading = core.loadings[i * core.k]!;
      total += loading * scale[i]! * values[i * days + t]!;
      weight += Math.abs(loading) * present[i * days + t]!;
    }
    return weight > 0 ? total / weight : NaN;
  });
}

function rowsWhere(counts: Int32Array, test: (count: number) => boolean): number[] {
  const rows: number[] = [];
  counts.forEach((count, i) => {
    if (test(count)) rows.push(i);
  });
  return rows;
}
