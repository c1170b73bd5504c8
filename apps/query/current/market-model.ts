import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import {
  CORRELATION_INSTRUMENTS_MAX,
  CORRELATION_MATRIX_KEY,
  correlationMatrix,
  riskMetrics,
  riskMetricsKey,
} from '#projections';
import { CachedReads, type Served } from '../cached-reads.js';
import { QUERY_ADAPTERS, type QueryAdapters } from '../query-adapters.js';

/** Of the whole model, or of some instruments of it; null where no model was published. */
export class GetCorrelationMatrix extends Query<Served | 'TOO_LARGE' | null> {
  constructor(
    readonly instruments: readonly string[] | undefined,
    readonly position: bigint | null,
  ) {
    super();
  }
}

@QueryHandler(GetCorrelationMatrix)
export class GetCorrelationMatrixHandler implements IQueryHandler<GetCorrelationMatrix> {
  constructor(
    @Inject(QUERY_ADAPTERS) private readonly adapters: QueryAdapters,
    @Inject(CachedReads) private readonly reads: CachedReads,
  ) {}

  /** Only the matrix of the whole model is cached. */
  async execute({ instruments, position }: GetCorrelationMatrix): Promise<Served | 'TOO_LARGE' | null> {
    const { readModels } = this.adapters;
    if (instruments !== undefined) {
      const model = await readModels.marketModel();
      return model && { json: JSON.stringify(correlationMatrix(model.value, instruments)), from: 'database' };
    }
    let tooLarge = false;
    const served = await this.reads.value({
      model: 'correlation_matrix',
      key: CORRELATION_MATRIX_KEY,
      position,
      load: async () => {
        const model = await readModels.marketModel();
        tooLarge = (model?.value.factor_model.instruments.length ?? 0) > CORRELATION_INSTRUMENTS_MAX;
        return model === null || tooLarge ? null : { ...model, value: correlationMatrix(model.value) };
      },
    });
    return tooLarge ? 'TOO_LARGE' : served;
  }
}

/** null where the published model does not hold the instrument. */
export class GetRiskMetrics extends Query<Served | null> {
  constructor(
    readonly instrumentId: string,
    readonly position: bigint | null,
  ) {
    super();
  }
}

@QueryHandler(GetRiskMetrics)
export class GetRiskMetricsHandler implements IQueryHandler<GetRiskMetrics> {
  constructor(
    @Inject(QUERY_ADAPTERS) private readonly adapters: QueryAdapters,
    @Inject(CachedReads) private readonly reads: CachedReads,
  ) {}

  execute({ instrumentId, position }: GetRiskMetrics): Promise<Served | null> {
    return this.reads.value({
      model: 'risk_metrics',
      key: riskMetricsKey(instrumentId),
      position,
      load: async () => {
        const model = await this.adapters.readModels.marketModel();
        const metrics = model && riskMetrics(model.value).find((each) => each.instrument_id === instrumentId);
        return metrics ? { value: metrics, position: model.position } : null;
      },
    });
  }
}
