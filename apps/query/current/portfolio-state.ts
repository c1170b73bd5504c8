import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { PORTFOLIO_STATE_KEY } from '#projections';
import { CachedReads, type Served } from '../cached-reads.js';
import { QUERY_ADAPTERS, type QueryAdapters } from '../query-adapters.js';

/** The state of a portfolio, or of the one that was set last; null where none was. */
export class GetPortfolioState extends Query<Served | null> {
  constructor(
    readonly portfolioId: string | undefined,
    readonly position: bigint | null,
  ) {
    super();
  }
}

@QueryHandler(GetPortfolioState)
export class GetPortfolioStateHandler implements IQueryHandler<GetPortfolioState> {
  constructor(
    @Inject(QUERY_ADAPTERS) private readonly adapters: QueryAdapters,
    @Inject(CachedReads) private readonly reads: CachedReads,
  ) {}

  /** Only the state that was set last, of whichever portfolio, is cached. */
  async execute({ portfolioId, position }: GetPortfolioState): Promise<Served | null> {
    const { readModels } = this.adapters;
    if (portfolioId !== undefined) {
      const stored = await readModels.portfolioState(portfolioId);
      return stored === null ? null : { json: stored.value, from: 'database' };
    }
    return this.reads.value({
      model: 'portfolio_state',
      key: PORTFOLIO_STATE_KEY,
      position,
      load: async () => {
        const stored = await readModels.portfolioState();
        return stored === null ? null : { ...stored, value: JSON.parse(stored.value) as object };
      },
    });
  }
}
