import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { describeExecution, type ExecutionView } from '#domain';
import { QUERY_ADAPTERS, type QueryAdapters } from '../query-adapters.js';

/** The execution of a coordination as it stands now; null where the coordination is not known. */
export class GetExecution extends Query<ExecutionView | null> {
  constructor(
    readonly coordinationId: string,
    readonly withFills: boolean,
  ) {
    super();
  }
}

@QueryHandler(GetExecution)
export class GetExecutionHandler implements IQueryHandler<GetExecution> {
  constructor(@Inject(QUERY_ADAPTERS) private readonly adapters: QueryAdapters) {}

  async execute({ coordinationId, withFills }: GetExecution): Promise<ExecutionView | null> {
    const execution = await this.adapters.readModels.execution(coordinationId);
    return execution === null ? null : describeExecution(execution, Date.now(), withFills);
  }
}
