import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { QUERY_ADAPTERS, type QueryAdapters } from '../query-adapters.js';

/** JSON text of the answer of a coordination; null where it is not known. */
export class GetCoordination extends Query<string | null> {
  constructor(readonly coordinationId: string) {
    super();
  }
}

@QueryHandler(GetCoordination)
export class GetCoordinationHandler implements IQueryHandler<GetCoordination> {
  constructor(@Inject(QUERY_ADAPTERS) private readonly adapters: QueryAdapters) {}

  execute({ coordinationId }: GetCoordination): Promise<string | null> {
    return this.adapters.readModels.coordination(coordinationId);
  }
}
