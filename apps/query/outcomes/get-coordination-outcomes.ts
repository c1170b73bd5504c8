import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { QUERY_ADAPTERS, type QueryAdapters } from '../query-adapters.js';

export interface CoordinationOutcomes {
  readonly coordination_id: string;
  readonly signals: readonly unknown[];
  readonly decisions: readonly unknown[];
  readonly refusals: readonly unknown[];
  /** the profits of the decisions by signal source; money */
  readonly profits: readonly unknown[];
}

export class GetCoordinationOutcomes extends Query<CoordinationOutcomes | null> {
  constructor(readonly coordinationId: string) {
    super();
  }
}

@QueryHandler(GetCoordinationOutcomes)
export class GetCoordinationOutcomesHandler implements IQueryHandler<GetCoordinationOutcomes> {
  constructor(@Inject(QUERY_ADAPTERS) private readonly adapters: QueryAdapters) {}

  /** Null where there is no such coordination; empty lists while nothing of it is known. */
  async execute({ coordinationId }: GetCoordinationOutcomes): Promise<CoordinationOutcomes | null> {
    const { readModels } = this.adapters;
    if ((await readModels.coordination(coordinationId)) === null) return null;
    return { coordination_id: coordinationId, ...(await readModels.outcomesOfCoordination(coordinationId)) };
  }
}
