import { Controller, Get, Inject, Param, Query, UseInterceptors } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean } from 'class-validator';
import { schemaReference } from '#contracts';
import type { ExecutionView } from '#domain';
import { ProblemException, RequireScope } from '#platform';
import { CoordinationPositionInterceptor } from '../consistency/coordination-position.js';
import { ReadsOwnWrites } from '../http/api-decorators.js';
import { IsName } from '../http/parameters.js';
import { GetExecution } from './get-execution.js';

class ExecutionParameters {
  @IsName(100)
  coordination_id!: string;
}

class ExecutionOptions {
  @ApiPropertyOptional({ default: false, description: 'With every fill' })
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean({ message: 'fills is true or false' })
  fills: boolean = false;
}

@ApiTags('executions')
@Controller('coordination')
@RequireScope('read')
@UseInterceptors(CoordinationPositionInterceptor)
export class ExecutionController {
  constructor(@Inject(QueryBus) private readonly queries: QueryBus) {}

  @Get(':coordination_id/execution')
  @ApiOperation({
    summary: 'How far the plan of a coordination is, and what it has cost',
    description:
      'By decision and in total: what is filled, open and released, slippage against the decision and the arrival price, how often and why the rest was planned again; when nothing is open any more, the implementation shortfall in its parts.',
  })
  @ApiOkResponse({ schema: schemaReference('Execution') })
  @ReadsOwnWrites()
  async get(
    @Param() { coordination_id }: ExecutionParameters,
    @Query() { fills }: ExecutionOptions,
  ): Promise<ExecutionView> {
    const execution = await this.queries.execute(new GetExecution(coordination_id, fills));
    if (execution !== null) return execution;
    throw new ProblemException('not-found', { detail: `No coordination is called "${coordination_id}".` });
  }
}
