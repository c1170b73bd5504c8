import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { CoordinationFilter, CoordinationRecord } from '#read-models';
import { QUERY_ADAPTERS, type QueryAdapters } from '../query-adapters.js';

export class ListCoordinations extends Query<readonly CoordinationRecord[]> {
  constructor(
    readonly filter: CoordinationFilter,
    readonly limit: number,
    /** position; null for the newest */
    readonly before: bigint | null,
  ) {
    super();
  }
}

@QueryHandler(ListCoordinations)
export class ListCoordinationsHandler implements IQueryHandler<ListCoordinations> {
  constructor(@Inject(QUERY_ADAPTERS) private readonly adapters: QueryAdapters) {}

  execute({ filter, limit, before }: ListCoordinations): Promise<readonly CoordinationRecord[]> {
    return this.adapters.readModels.coordinations(filter, limit, before);
  }
}
