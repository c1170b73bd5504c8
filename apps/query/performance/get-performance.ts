import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { PerformanceQuery, PerformanceRow } from '#read-models';
import { QUERY_ADAPTERS, type QueryAdapters } from '../query-adapters.js';

export class GetPerformance extends Query<readonly PerformanceRow[]> {
  constructor(readonly range: PerformanceQuery) {
    super();
  }
}

@QueryHandler(GetPerformance)
export class GetPerformanceHandler implements IQueryHandler<GetPerformance> {
  constructor(@Inject(QUERY_ADAPTERS) private readonly adapters: QueryAdapters) {}

  execute({ range }: GetPerformance): Promise<readonly PerformanceRow[]> {
    return this.adapters.readModels.performance(range);
  }
}
