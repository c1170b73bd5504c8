import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { DecisionCursor, DecisionFilter, DecisionPage } from '#read-models';
import { QUERY_ADAPTERS, type QueryAdapters } from '../query-adapters.js';

export class ListDecisions extends Query<DecisionPage> {
  constructor(
    readonly filter: DecisionFilter,
    readonly limit: number,
    readonly after: DecisionCursor | null,
  ) {
    super();
  }
}

@QueryHandler(ListDecisions)
export class ListDecisionsHandler implements IQueryHandler<ListDecisions> {
  constructor(@Inject(QUERY_ADAPTERS) private readonly adapters: QueryAdapters) {}

  execute({ filter, limit, after }: ListDecisions): Promise<DecisionPage> {
    return this.adapters.readModels.decisions(filter, limit, after);
  }
}
