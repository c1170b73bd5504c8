import { Controller, Get, Inject, Param, UseInterceptors } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { schemaReference } from '#contracts';
import { ProblemException, RequireScope } from '#platform';
import type { StoredConfiguration } from '#read-models';
import { CoordinationPositionInterceptor } from '../consistency/coordination-position.js';
import { ReadsOwnWrites } from '../http/api-decorators.js';
import { IsName } from '../http/parameters.js';
import { GetConfiguration } from './get-configuration.js';

class ConfigurationParameters {
  @IsName(100)
  config_name!: string;
}

@ApiTags('configurations')
@Controller('configurations')
@RequireScope('read')
@UseInterceptors(CoordinationPositionInterceptor)
export class ConfigurationController {
  constructor(@Inject(QueryBus) private readonly queries: QueryBus) {}

  @Get(':config_name')
  @ApiOperation({ summary: 'The newest version of a stored configuration, disabled ones included' })
  @ApiOkResponse({ schema: schemaReference('Configuration') })
  @ReadsOwnWrites()
  async get(@Param() { config_name }: ConfigurationParameters): Promise<StoredConfiguration> {
    const configuration = await this.queries.execute(new GetConfiguration(config_name));
    if (configuration !== null) return configuration;
    throw new ProblemException('not-found', { detail: `No configuration is called "${config_name}".` });
  }
}
