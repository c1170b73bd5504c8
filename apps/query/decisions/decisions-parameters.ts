import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import type { TradingAction } from '#domain';
import { IsName, IsUtcTime } from '../http/parameters.js';

const ACTIONS = ['BUY', 'SELL', 'HOLD'] as const;
export const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 10_000;

/** Query parameters of GET /decisions; all that are given must hold. */
export class DecisionsParameters {
  @ApiPropertyOptional()
  @IsOptional()
  @IsName(20)
  instrument_id?: string;

  @ApiPropertyOptional({ enum: ACTIONS })
  @IsOptional()
  @IsIn(ACTIONS)
  action?: TradingAction;

  @ApiPropertyOptional({ description: 'A source whose signals on the instrument were accepted.' })
  @IsOptional()
  @IsName(100)
  source?: string;

  @ApiPropertyOptional({ description: 'The stored configuration that the coordination named.' })
  @IsOptional()
  @IsName(100)
  config_name?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsName(100)
  portfolio_id?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsName(100)
  coordination_id?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'The first instant that is included.' })
  @IsOptional()
  @IsUtcTime()
  from?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'The first instant that is no longer included.' })
  @IsOptional()
  @IsUtcTime()
  to?: string;

  @ApiPropertyOptional({ minimum: 1, maximum: LIMIT_MAX, default: LIMIT_DEFAULT })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(LIMIT_MAX)
  limit?: number;

  @ApiPropertyOptional({ description: 'Where the next page begins: `next_cursor` of the page before.' })
  @IsOptional()
  @IsString()
  @MaxLength(1_000)
  cursor?: string;
}
