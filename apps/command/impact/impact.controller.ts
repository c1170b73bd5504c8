import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiBody, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { schemaReference, validateImpactRequest } from '#contracts';
import type { ImpactAnswer, ImpactRequest } from '#domain';
import { RequireScope } from '#platform';
import { acceptBody } from '../accept-body.js';
import { PROBLEM_CONTENT } from '../problem-content.js';
import { AssessImpact } from './assess-impact.js';

@ApiTags('impact')
@Controller('impact')
@RequireScope('read')
export class ImpactController {
  constructor(private readonly queries: QueryBus) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'assessImpact',
    summary: 'What trades would do to a portfolio: risk, stress, costs and every limit, before and after',
    description:
      'Decides and stores nothing. A limit that the trades break is told, not refused. With history FULL every kept day is scanned too; where none are kept, a warning says so.',
  })
  @ApiBody({ schema: schemaReference('ImpactRequest') })
  @ApiOkResponse({ description: 'Assessed', schema: schemaReference('ImpactAnswer') })
  @ApiResponse({ status: '4XX', description: 'Refused', content: PROBLEM_CONTENT })
  @ApiResponse({ status: 503, description: 'Too much work is waiting', content: PROBLEM_CONTENT })
  assess(@Body() body: unknown): Promise<ImpactAnswer> {
    return this.queries.execute(new AssessImpact(acceptBody<ImpactRequest>(body, validateImpactRequest)));
  }
}
