import type { MarketModel } from '#domain';
import { factorCovariance } from './factor-covariance.js';

/** The part of a published model that the read models keep. */
export type MarketModelSummary = Omit<MarketModel, 'history'>;

export interface CorrelationMatrix {
  readonly model_id: string;
  readonly as_of: string;
  readonly regime: MarketModel['regime'];
  readonly instruments: readonly string[];
  /** symmetric with unit diagonal, to six decimals */
  readonly values: readonly (readonly number[])[];
}

/**
 * A matrix of this many instruments is about 9 MB of JSON; of a larger model, name the instruments wanted.
 */
export const CORRELATION_INSTRUMENTS_MAX = 1000;

/**
 * Correlations of one trading day under the model: (B F B' + D)_ij / (sigma_i sigma_j).
 * `wanted` picks instruments and their order; default all of the model. One that the model does not hold is left out.
 */
export function correlationMatrix(model: MarketModelSummary, wanted?: readonly string[]): CorrelationMatrix {
  const known = model.factor_model.instruments;
  const indexOf = new Map(known.map((id, index) => [id, index]));
  const picked = (wanted ?? known).flatMap((id) => indexOf.get(id) ?? []);
  const covariance = factorCovariance(model.factor_model);
  const values = picked.map(() => new Array<number>(picked.length).fill(1));
  for (let a = 0; a < picked.length; a++) {
    for (let b = 0; b < a; b++) {
      const [i, j] = [picked[a] ?? 0, picked[b] ?? 0];
      const scale = covariance.volatility(i) * covariance.volatility(j);
      const rho = scale > 0 ? sixDecimals(covariance.systematic(i, j) / scale) : 0;
      values[a]![b] = rho;
      values[b]![a] = rho;
    }
  }
  return {
    model_id: model.model_id,
    as_of: model.as_of,
    regime: model.regime,
    instruments: picked.map((i) => known[i] ?? ''),
    values,
  };
}

function sixDecimals(value: number): number {
  // adding 0 turns -0 into 0, which JSON writes the same either way but comparisons do not
  return Math.round(value * 1e6) / 1e6 + 0;
}
