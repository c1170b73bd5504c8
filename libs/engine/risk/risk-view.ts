import type { RiskInput } from '../input.js';
import type { RiskView } from '../universe.js';
import { correlationCore } from './correlation-core.js';
import { factorModelCore } from './factor-model-core.js';
import { counted, PRIOR_CORRELATION, PRIOR_LOADING, PRIOR_VOLATILITY, priorDirection } from './prior.js';
import { type InvalidRisk, knownOr, type RiskCore } from './risk-core.js';

export type RiskViewResult = { readonly view: RiskView; readonly warnings: readonly string[] } | InvalidRisk;

/**
 * The daily covariance of the given instruments in factor form.
 *
 * An instrument that the model does not know gets its own volatility field (else 2 % a day) and loads sqrt(0.3) of it on
 * the model's mean direction, the unit vector along the average standardised loadings: two such instruments correlate
 * 0.3, and one of them with the model's instruments sqrt(0.3 c) on average, c being the model's own average
 * correlation. Where the model has no common direction (or there is no model) it is a factor of its own.
 *
 * @param volatility the volatility fields, NaN where unknown; length n, order of `ids`
 */
export function riskView(input: RiskInput, ids: readonly string[], volatility: Float64Array): RiskViewResult {
  const core = coreOf(input, ids, volatility);
  if ('invalid' in core) return core;
  const absent = ids.filter((_, i) => !core.covered[i]);
  const warnings = [...core.warnings];
  if (input.kind === 'PRIOR') {
    warnings.push('No risk model is known: one factor with pairwise correlation 0.3 stands in.');
  } else if (absent.length > 0) {
    warnings.push(
      `The risk model does not know ${counted(absent)}: correlation 0.3 along its mean direction stands in.`,
    );
  }
  const assumed = ids.filter((_, i) => !(volatility[i]! > 0) && !knowsVolatility(input, core, i));
  if (assumed.length > 0) warnings.push(`No volatility is known of ${counted(assumed)}: 2 % a day stands in.`);
  return { view: withPrior(core, ids.length, absent.length > 0, volatility), warnings };
}

function coreOf(input: RiskInput, ids: readonly string[], volatility: Float64Array): RiskCore | InvalidRisk {
  switch (input.kind) {
    case 'FACTOR_MODEL':
      return factorModelCore(input.origin, input.model, ids);
    case 'CORRELATION':
      return correlationCore(input.instruments, input.values, ids, volatility);
    case 'PRIOR':
      return priorCore(ids.length);
  }
}

/** A correlation matrix has no volatilities, a factor model does. */
function knowsVolatility(input: RiskInput, core: RiskCore, i: number): boolean {
  return input.kind === 'FACTOR_MODEL' && core.covered[i] === true && rowVariance(core, i) > 0;
}

/** Sigma_ii of a factor form. */
export function rowVariance(
  { k, loadings, specific }: Pick<RiskView, 'k' | 'loadings' | 'specific'>,
  i: number,
): number {
  let variance = specific[i]!;
  for (let f = 0; f < k; f++) variance += loadings[i * k + f]! * loadings[i * k + f]!;
  return variance;
}

function priorCore(n: number): RiskCore {
  return {
    id: 'prior',
    source: 'PRIOR',
    regime: 'NORMAL',
    k: 0,
    loadings: new Float64Array(0),
    specific: new Float64Array(n),
    covered: Array.from({ length: n }, () => false),
    meanDirection: () => new Float64Array(0),
    warnings: [],
  };
}

function withPrior(core: RiskCore, n: number, anyAbsent: boolean, volatility: Float64Array): RiskView {
  const { id, source, regime, specific } = core;
  if (!anyAbsent) return { id, source, regime, n, k: core.k, loadings: core.loadings, specific };
  const direction = priorDirection(core.meanDirection());
  const k = direction.length;
  const loadings = new Float64Array(n * k);
  for (let i = 0; i < n; i++) {
    if (core.covered[i]) {
      for (let f = 0; f < core.k; f++) loadings[i * k + f] = core.loadings[i * core.k + f]!;
      continue;
    }
    const sigma = knownOr(volatility[i]!, PRIOR_VOLATILITY);
    for (let f = 0; f < k; f++) loadings[i * k + f] = sigma * PRIOR_LOADING * direction[f]!;
    specific[i] = sigma * sigma * (1 - PRIOR_CORRELATION);
  }
  return { id, source, regime, n, k, loadings, specific };
}
