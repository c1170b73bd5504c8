import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { LearnedStateRecord } from '#read-models';
import { QUERY_ADAPTERS, type QueryAdapters } from '../query-adapters.js';

/** Newest first. */
export class ListLearnedStates extends Query<readonly LearnedStateRecord[]> {
  constructor(readonly limit: number) {
    super();
  }
}

@QueryHandler(ListLearnedStates)
export class ListLearnedStatesHandler implements IQueryHandler<ListLearnedStates> {
  constructor(@Inject(QUERY_ADAPTERS) private readonly adapters: QueryAdapters) {}

  execute({ limit }: ListLearnedStates): Promise<readonly LearnedStateRecord[]> {
    return this.adapters.readModels.learnedStates(limit);
  }
}
