import { normalPdf } from '../numerics/index.js';
import type { RiskView } from '../universe.js';

/** The 95 % quantile of the standard normal distribution, as the model writes it. */
export const Z_95 = 1.6448536;
/** CVaR of a standard normal at 95 %: phi(z) / 0.05 */
const TAIL_MEAN_95 = normalPdf(Z_95) / 0.05;

/**
 * One portfolio's risk of one day with what its instruments' shares are made of. Built once in O(nk); everything about
 * one instrument is then O(k) or O(1). Weights are fractions of NAV, the rest of them cash.
 */
export interface PortfolioRisk {
  /** w' Sigma w, one day */
  readonly variance: number;
  /** sqrt of it */
  readonly volatility: number;
  /** L'w, length k */
  readonly exposures: Float64Array;
  /** (Sigma w)_i, length n */
  readonly covariance: Float64Array;
  /** Sigma_ii, length n */
  readonly ownVariance: Float64Array;
  /** sum |w_i| sqrt(Sigma_ii) */
  readonly weightedVolatility: number;
}

/**
 * @param risk daily covariance
 * @param w weights, length n
 */
export function riskOf(risk: RiskView, w: ArrayLike<number>): PortfolioRisk {
  const total = totalRiskOf(risk, w);
  const covariance = new Float64Array(risk.n);
  const ownVariance = new Float64Array(risk.n);
  covariances(risk, w, total.exposures, covariance, ownVariance);
  let weightedVolatility = 0;
  for (let i = 0; i < risk.n; i++) weightedVolatility += Math.abs(w[i]!) * Math.sqrt(ownVariance[i]!);
  return { ...total, covariance, ownVariance, weightedVolatility };
}

/** The risk of a portfolio without what each instrument has of it. */
export function totalRiskOf(
  risk: RiskView,
  w: ArrayLike<number>,
): Pick<PortfolioRisk, 'variance' | 'volatility' | 'exposures'> {
  const exposures = exposuresOf(risk, w);
  let variance = 0;
  for (const exposure of exposures) variance += exposure * exposure;
  for (let i = 0; i < risk.n; i++) variance += risk.specific[i]! * w[i]! * w[i]!;
  return { variance, volatility: Math.sqrt(variance), exposures };
}

/** (Sigma w)_i of one instrument. @param exposures L'w */
export function covarianceOf(
  { k, loadings, specific }: RiskView,
  w: ArrayLike<number>,
  exposures: Float64Array,
  i: number,
): number {
  let common = 0;
  for (let f = 0; f < k; f++) common += loadings[i * k + f]! * exposures[f]!;
  return common + specific[i]! * w[i]!;
}

function exposuresOf({ n, k, loadings }: RiskView, w: ArrayLike<number>): Float64Array {
  const exposures = new Float64Array(k);
  for (let i = 0; i < n; i++) {
    const weight = w[i]!;
    if (weight === 0) continue;
    for (let f = 0; f < k; f++) exposures[f]! += loadings[i * k + f]! * weight;
  }
  return exposures;
}

/** Writes (Sigma w)_i and Sigma_ii. */
function covariances(
  { n, k, loadings, specific }: RiskView,
  w: ArrayLike<number>,
  exposures: Float64Array,
  covariance: Float64Array,
  ownVariance: Float64Array,
): void {
  for (let i = 0; i < n; i++) {
    let common = 0;
    let own = specific[i]!;
    for (let f = 0; f < k; f++) {
      const loading = loadings[i * k + f]!;
      common += loading * exposures[f]!;
      own += loading * loading;
    }
    covariance[i] = common + specific[i]! * w[i]!;
    ownVariance[i] = own;
  }
}

/**
 * w' Sigma w after the weight of instrument i has become `weight`, without building the portfolio again: O(1).
 *
 * @param w the weights that `portfolio` was built from
 */
export function varianceWith(portfolio: PortfolioRisk, w: ArrayLike<number>, i: number, weight: number): number {
  const change = weight - w[i]!;
  const moved = portfolio.variance + change * (2 * portfolio.covariance[i]! + change * portfolio.ownVariance[i]!);
  return Math.max(moved, 0);
}

/** One-day 95 % value at risk of a normal portfolio with mean 0, a positive fraction of NAV: z sigma. */
export function valueAtRisk95(volatility: number): number {
  return Z_95 * volatility;
}

/** Mean loss beyond it: sigma phi(z) / 0.05 (Rockafellar and Uryasev 2000, for the normal case). */
export function conditionalValueAtRisk95(volatility: number): number {
  return TAIL_MEAN_95 * volatility;
}
