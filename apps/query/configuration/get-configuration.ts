import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { StoredConfiguration } from '#read-models';
import { QUERY_ADAPTERS, type QueryAdapters } from '../query-adapters.js';

/** The newest version of a configuration; null where it was never set. */
export class GetConfiguration extends Query<StoredConfiguration | null> {
  constructor(readonly configName: string) {
    super();
  }
}

@QueryHandler(GetConfiguration)
export class GetConfigurationHandler implements IQueryHandler<GetConfiguration> {
  constructor(@Inject(QUERY_ADAPTERS) private readonly adapters: QueryAdapters) {}

  execute({ configName }: GetConfiguration): Promise<StoredConfiguration | null> {
    return this.adapters.readModels.configuration(configName);
  }
}
