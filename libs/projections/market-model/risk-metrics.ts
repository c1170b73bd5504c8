import type { MarketModel } from '#domain';
import type { MarketModelSummary } from './correlation-matrix.js';
import { factorCovariance } from './factor-covariance.js';

/** Risk of one instrument on one trading day under the published model; fractions of the position's value. */
export interface RiskMetrics {
  readonly instrument_id: string;
  readonly model_id: string;
  readonly as_of: string;
  readonly regime: MarketModel['regime'];
  /** sqrt(Sigma_ii) */
  readonly volatility: number;
  /** what the factors explain of it, and what they do not: the squares add up to the square of `volatility` */
  readonly systematic_volatility: number;
  readonly specific_volatility: number;
  /** normal: 1.6448536 and 2.0627128 times the volatility */
  readonly var_95: number;
  readonly cvar_95: number;
  readonly factor_exposures: readonly number[];
  readonly price?: number;
  readonly sector?: string;
  /** shares a day */
  readonly adv?: number;
  readonly half_spread?: number;
}

const VAR_95 = 1.6448536269514722;
/** density of the standard normal at its 95 % quantile, over 0.05 */
const CVAR_95 = 2.0627128075074257;

/** Of every instrument of the model, in its order. */
export function riskMetrics(model: MarketModelSummary): readonly RiskMetrics[] {
  const covariance = factorCovariance(model.factor_model);
  const facts = new Map(model.instruments.map((instrument) => [instrument.instrument_id, instrument]));
  return model.factor_model.instruments.map((id, i) => {
    const volatility = covariance.volatility(i);
    const { price, sector, adv, half_spread } = facts.get(id) ?? {};
    return {
      instrument_id: id,
      model_id: model.model_id,
      as_of: model.as_of,
      regime: model.regime,
      volatility,
      systematic_volatility: Math.sqrt(Math.max(0, covariance.systematic(i, i))),
      specific_volatility: Math.sqrt(covariance.specific(i)),
      var_95: VAR_95 * volatility,
      cvar_95: CVAR_95 * volatility,
      factor_exposures: model.factor_model.loadings[i] ?? [],
      ...(price === undefined ? {} : { price }),
      ...(sector === undefined ? {} : { sector }),
      ...(adv === undefined ? {} : { adv }),
      ...(half_spread === undefined ? {} : { half_spread }),
    };
  });
}
