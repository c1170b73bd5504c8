import { Controller, Get, Inject, Param, Query, UseInterceptors } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { schemaReference } from '#contracts';
import { ProblemException, RequireScope } from '#platform';
import type { RebalanceRecord } from '#read-models';
import { CoordinationPositionInterceptor } from '../consistency/coordination-position.js';
import { ReadsOwnWrites } from '../http/api-decorators.js';
import { IsName } from '../http/parameters.js';
import { ListRebalances } from './list-rebalances.js';

const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 1_000;
const STATUSES = ['QUEUED', 'PARTLY_DONE', 'DONE', 'CANCELLED', 'OVERDUE'] as const;

class RebalancePath {
  @IsName(100)
  id!: string;
}

class PortfolioParameter {
  @ApiPropertyOptional()
  @IsOptional()
  @IsName(100)
  portfolio_id?: string;
}

class RebalanceListParameters extends PortfolioParameter {
  @ApiPropertyOptional({ enum: STATUSES })
  @IsOptional()
  @IsIn(STATUSES)
  status?: RebalanceRecord['status'];

  @ApiPropertyOptional({ minimum: 1, maximum: LIMIT_MAX, default: LIMIT_DEFAULT })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(LIMIT_MAX)
  limit: number = LIMIT_DEFAULT;
}

@ApiTags('rebalancing')
@Controller('rebalance-requests')
@RequireScope('read')
@UseInterceptors(CoordinationPositionInterceptor)
export class RebalanceRecordsController {
  constructor(@Inject(QueryBus) private readonly queries: QueryBus) {}

  @Get()
  @ApiOperation({ summary: 'Queued rebalance requests and how far each is done, newest first' })
  @ApiOkResponse({ schema: schemaReference('RebalanceList') })
  @ReadsOwnWrites()
  async list(
    @Query() { portfolio_id, status, limit }: RebalanceListParameters,
  ): Promise<{ rebalance_requests: readonly RebalanceRecord[] }> {
    const filter = { portfolioId: portfolio_id, status };
    return { rebalance_requests: await this.queries.execute(new ListRebalances(filter, limit)) };
  }

  @Get(':id')
  @ApiOperation({
    summary: 'One rebalance request',
    description: 'Ids are unique within a portfolio: portfolio_id says which one where several portfolios have it.',
  })
  @ApiOkResponse({ schema: schemaReference('RebalanceRecord') })
  @ReadsOwnWrites()
  async get(@Param() { id }: RebalancePath, @Query() { portfolio_id }: PortfolioParameter): Promise<RebalanceRecord> {
    const filter = { portfolioId: portfolio_id, rebalanceId: id };
    const [found, other] = await this.queries.execute(new ListRebalances(filter, 2));
    if (found === undefined)
      throw new ProblemException('not-found', { detail: `There is no rebalance request "${id}".` });
    if (other === undefined) return found;
    const message = `is needed: several portfolios have a rebalance request "${id}"`;
    const errors = [{ pointer: '/portfolio_id', message, accepted: 'the portfolio of the request' }];
    throw new ProblemException('invalid-request', { detail: `/portfolio_id ${message}.`, errors });
  }
}
