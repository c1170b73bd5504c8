import { Controller, Get, Header, Inject, Param, UseInterceptors } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { schemaReference } from '#contracts';
import { ProblemException, RequireScope } from '#platform';
import { CoordinationPositionInterceptor } from '../consistency/coordination-position.js';
import { ReadsOwnWrites } from '../http/api-decorators.js';
import { JSON_TYPE } from '../http/media-types.js';
import { IsName } from '../http/parameters.js';
import { GetCoordination } from './get-coordination.js';

class CoordinationParameters {
  @IsName(100)
  coordination_id!: string;
}

@ApiTags('coordinations')
@Controller('coordination')
@RequireScope('read')
@UseInterceptors(CoordinationPositionInterceptor)
export class CoordinationController {
  constructor(@Inject(QueryBus) private readonly queries: QueryBus) {}

  @Get(':coordination_id')
  @Header('content-type', JSON_TYPE)
  @ApiOperation({ summary: 'What POST /coordinate answered' })
  @ApiOkResponse({ schema: schemaReference('CoordinationResponse') })
  @ReadsOwnWrites()
  async get(@Param() { coordination_id }: CoordinationParameters): Promise<string> {
    const json = await this.queries.execute(new GetCoordination(coordination_id));
    if (json !== null) return json;
    throw new ProblemException('not-found', { detail: `No coordination is called "${coordination_id}".` });
  }
}
