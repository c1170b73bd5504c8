import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { RiskModelRecord } from '#read-models';
import { QUERY_ADAPTERS, type QueryAdapters } from '../query-adapters.js';

/** Published risk models with the reports of their builds, newest first. */
export class ListRiskModels extends Query<readonly RiskModelRecord[]> {
  constructor(readonly limit: number) {
    super();
  }
}

@QueryHandler(ListRiskModels)
export class ListRiskModelsHandler implements IQueryHandler<ListRiskModels> {
  constructor(@Inject(QUERY_ADAPTERS) private readonly adapters: QueryAdapters) {}

  execute({ limit }: ListRiskModels): Promise<readonly RiskModelRecord[]> {
    return this.adapters.readModels.riskModels(limit);
  }
}
