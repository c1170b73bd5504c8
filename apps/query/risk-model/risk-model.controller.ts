import { Controller, Get, Inject, Query, UseInterceptors } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { schemaReference } from '#contracts';
import { ProblemException, RequireScope } from '#platform';
import type { RiskModelRecord } from '#read-models';
import { CoordinationPositionInterceptor } from '../consistency/coordination-position.js';
import { ReadsOwnWrites } from '../http/api-decorators.js';
import { ListRiskModels } from './list-risk-models.js';

const LIMIT_DEFAULT = 20;
const LIMIT_MAX = 200;

class RiskModelListParameters {
  @ApiPropertyOptional({ minimum: 1, maximum: LIMIT_MAX, default: LIMIT_DEFAULT })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(LIMIT_MAX)
  limit: number = LIMIT_DEFAULT;
}

type RiskModelSummary = Omit<RiskModelRecord, 'report'> & { readonly warnings: readonly string[] };

@ApiTags('current')
@Controller()
@RequireScope('read')
@UseInterceptors(CoordinationPositionInterceptor)
export class RiskModelController {
  constructor(@Inject(QueryBus) private readonly queries: QueryBus) {}

  @Get('risk-model/current')
  @ApiOperation({ summary: 'The risk model in use: how its data were prepared, and how it would have forecast' })
  @ApiOkResponse({ schema: schemaReference('RiskModelRecord') })
  @ReadsOwnWrites()
  async current(): Promise<RiskModelRecord> {
    const [newest] = await this.queries.execute(new ListRiskModels(1));
    if (newest === undefined) throw new ProblemException('not-found', { detail: 'No risk model has been published.' });
    return newest;
  }

  @Get('risk-models')
  @ApiOperation({ summary: 'Published risk models, newest first' })
  @ApiOkResponse({ schema: schemaReference('RiskModelList') })
  @ReadsOwnWrites()
  async list(@Query() { limit }: RiskModelListParameters): Promise<{ risk_models: readonly RiskModelSummary[] }> {
    const models = await this.queries.execute(new ListRiskModels(limit));
    return { risk_models: models.map(({ report, ...model }) => ({ ...model, warnings: report?.warnings ?? [] })) };
  }
}
