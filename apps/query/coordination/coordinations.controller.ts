import { Controller, Get, Inject, Query, UseInterceptors } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { schemaReference } from '#contracts';
import { RequireScope } from '#platform';
import type { CoordinationRecord } from '#read-models';
import { CoordinationPositionInterceptor } from '../consistency/coordination-position.js';
import { ReadsOwnWrites } from '../http/api-decorators.js';
import { IsName } from '../http/parameters.js';
import { ListCoordinations } from './list-coordinations.js';

const LIMIT_DEFAULT = 50;
/** the summary is read out of each document: a page is to stay cheap where they are large */
const LIMIT_MAX = 200;
const STATUSES = ['OPTIMAL', 'RELAXED', 'HOLD_ALL'] as const;

class CoordinationsParameters {
  @ApiPropertyOptional()
  @IsOptional()
  @IsName(100)
  portfolio_id?: string;

  @ApiPropertyOptional({ enum: STATUSES })
  @IsOptional()
  @IsIn(STATUSES)
  status?: CoordinationRecord['status'];

  @ApiPropertyOptional({ minimum: 1, maximum: LIMIT_MAX, default: LIMIT_DEFAULT })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(LIMIT_MAX)
  limit: number = LIMIT_DEFAULT;

  @ApiPropertyOptional({ description: 'Where the next page begins: `next_cursor` of the page before.' })
  @IsOptional()
  @Matches(/^\d{1,18}$/, { message: '$property must be next_cursor of a page' })
  cursor?: string;
}

interface CoordinationPage {
  readonly coordinations: readonly CoordinationRecord[];
  readonly next_cursor: string | null;
}

@ApiTags('coordinations')
@Controller('coordinations')
@RequireScope('read')
@UseInterceptors(CoordinationPositionInterceptor)
export class CoordinationsController {
  constructor(@Inject(QueryBus) private readonly queries: QueryBus) {}

  @Get()
  @ApiOperation({ summary: 'Coordinations with their status, quality and costs, newest first' })
  @ApiOkResponse({
    schema: {
      type: 'object',
      required: ['coordinations', 'next_cursor'],
      properties: {
        coordinations: { type: 'array', items: schemaReference('CoordinationRecord') },
        next_cursor: { type: 'string', nullable: true },
      },
    },
  })
  @ReadsOwnWrites()
  async list(@Query() { portfolio_id, status, limit, cursor }: CoordinationsParameters): Promise<CoordinationPage> {
    const before = cursor === undefined ? null : BigInt(cursor);
    const filter = { portfolioId: portfolio_id, status };
    const found = await this.queries.execute(new ListCoordinations(filter, limit + 1, before));
    const coordinations = found.slice(0, limit);
    return {
      coordinations,
      next_cursor: found.length > limit ? (coordinations.at(-1)?.position ?? null) : null,
    };
  }
}
