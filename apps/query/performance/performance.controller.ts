import { Controller, Get, Inject, Query, UseInterceptors } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { schemaReference } from '#contracts';
import { describeErrors, ProblemException, RequireScope } from '#platform';
import { PERFORMANCE_BUCKETS, type PerformanceBucket, type PerformanceQuery, type PerformanceRow } from '#read-models';
import { CoordinationPositionInterceptor } from '../consistency/coordination-position.js';
import { ReadsOwnWrites } from '../http/api-decorators.js';
import { IsUtcTime } from '../http/parameters.js';
import { GetPerformance } from './get-performance.js';
import { performanceRange } from './performance-range.js';

const BUCKETS = Object.keys(PERFORMANCE_BUCKETS) as PerformanceBucket[];

class PerformanceParameters {
  @ApiPropertyOptional({ enum: BUCKETS, default: '1m' })
  @IsOptional()
  @IsIn(BUCKETS)
  bucket?: PerformanceBucket;

  @ApiPropertyOptional({ format: 'date-time', description: 'Default: a day before `to`.' })
  @IsOptional()
  @IsUtcTime()
  from?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Excluded. Default: now.' })
  @IsOptional()
  @IsUtcTime()
  to?: string;
}

interface PerformanceAnswer extends PerformanceQuery {
  readonly buckets: readonly PerformanceRow[];
}

@ApiTags('performance')
@Controller('performance')
@RequireScope('read')
@UseInterceptors(CoordinationPositionInterceptor)
export class PerformanceController {
  constructor(@Inject(QueryBus) private readonly queries: QueryBus) {}

  @Get()
  @ApiOperation({
    summary: 'How coordinations did over time',
    description: 'Quality, latency, decisions a minute, utilisation and risk budget by bucket, oldest first.',
  })
  @ApiOkResponse({
    schema: {
      type: 'object',
      required: ['bucket', 'from', 'to', 'buckets'],
      properties: {
        bucket: { type: 'string', enum: BUCKETS },
        from: { type: 'string', format: 'date-time' },
        to: { type: 'string', format: 'date-time' },
        buckets: { type: 'array', items: schemaReference('PerformanceRow') },
      },
    },
  })
  @ReadsOwnWrites()
  async get(@Query() parameters: PerformanceParameters): Promise<PerformanceAnswer> {
    const range = performanceRange(parameters, Date.now());
    if (!('bucket' in range)) {
      throw new ProblemException('invalid-request', { detail: describeErrors(range), errors: range });
    }
    return { ...range, buckets: await this.queries.execute(new GetPerformance(range)) };
  }
}
