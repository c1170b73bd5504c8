import type { RecordedEvent } from '#domain';
import { isOfType } from '../event-of-type.js';
import { CORRELATION_INSTRUMENTS_MAX, correlationMatrix } from '../market-model/correlation-matrix.js';
import { riskMetrics } from '../market-model/risk-metrics.js';
import type { CacheChange } from './cache-change.js';
import { CORRELATION_MATRIX_KEY, riskMetricsKey } from './cache-keys.js';

/**
 * `correlation_matrix:current` and `risk_metrics:{instrument_id}` of the published model. The matrix of a model too large
 * for one key is removed instead of left standing for the model before it.
 */
export function marketModelCache(event: RecordedEvent): readonly CacheChange[] {
  if (!isOfType(event, 'risk_model_published')) return [];
  const { model } = event.data;
  const small = model.factor_model.instruments.length <= CORRELATION_INSTRUMENTS_MAX;
  return [
    small
      ? { kind: 'SET', ...CORRELATION_MATRIX_KEY, value: correlationMatrix(model) }
      : { kind: 'DELETE', ...CORRELATION_MATRIX_KEY },
    ...riskMetrics(model).map((metrics): CacheChange => ({
      kind: 'SET',
      ...riskMetricsKey(metrics.instrument_id),
      value: metrics,
    })),
  ];
}
