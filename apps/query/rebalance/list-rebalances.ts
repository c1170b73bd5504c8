import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { RebalanceFilter, RebalanceRecord } from '#read-models';
import { QUERY_ADAPTERS, type QueryAdapters } from '../query-adapters.js';

/** Queued rebalance requests, finished ones included, newest first. */
export class ListRebalances extends Query<readonly RebalanceRecord[]> {
  constructor(
    readonly filter: RebalanceFilter,
    readonly limit: number,
  ) {
    super();
  }
}

@QueryHandler(ListRebalances)
export class ListRebalancesHandler implements IQueryHandler<ListRebalances> {
  constructor(@Inject(QUERY_ADAPTERS) private readonly adapters: QueryAdapters) {}

  execute({ filter, limit }: ListRebalances): Promise<readonly RebalanceRecord[]> {
    return this.adapters.readModels.rebalances(filter, limit);
  }
}
