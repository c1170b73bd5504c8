import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { RECENT_DECISIONS_LIMIT, recentDecisionsKey } from '#projections';
import { CachedReads, type Served } from '../cached-reads.js';
import { QUERY_ADAPTERS, type QueryAdapters } from '../query-adapters.js';

/** The latest decisions on an instrument, newest first; an empty list where there are none. */
export class GetRecentDecisions extends Query<Served> {
  constructor(
    readonly instrumentId: string,
    readonly position: bigint | null,
  ) {
    super();
  }
}

@QueryHandler(GetRecentDecisions)
export class GetRecentDecisionsHandler implements IQueryHandler<GetRecentDecisions> {
  constructor(
    @Inject(QUERY_ADAPTERS) private readonly adapters: QueryAdapters,
    @Inject(CachedReads) private readonly reads: CachedReads,
  ) {}

  async execute({ instrumentId, position }: GetRecentDecisions): Promise<Served> {
    const served = await this.reads.list({
      model: 'recent_decisions',
      key: recentDecisionsKey(instrumentId),
      position,
      load: async () => {
        const { value, position: at } = await this.adapters.readModels.recentDecisions(
          [instrumentId],
          RECENT_DECISIONS_LIMIT,
        );
        const items = value.get(instrumentId) ?? [];
        // nothing to cache: a name somebody made up must not leave a key
        return items.length === 0 ? null : { value: items, position: at };
      },
    });
    return served ?? { json: '[]', from: 'database' };
  }
}
