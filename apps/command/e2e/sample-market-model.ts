import type { MarketModel } from '#domain';
import { canonicalHash } from '#platform';
import { sampleMarket } from './sample-request.js';

/** The sample market as a model, with its specific variances scaled. */
export function sampleMarketModel(scale: number): MarketModel {
  const { instruments, factor_model } = sampleMarket();
  if (factor_model === undefined) throw new Error('the sample has a factor model');
  const specific_variance = factor_model.specific_variance.map((variance) => variance * scale);
  const content = {
    as_of: '2025-06-20',
    instruments,
    factor_model: { ...factor_model, specific_variance },
    regime: 'NORMAL' as const,
  };
  return { model_id: canonicalHash(content), ...content };
}
