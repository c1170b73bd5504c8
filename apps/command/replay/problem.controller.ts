import { Controller, Get, Param } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { CoordinationProblem } from '#domain';
import { ProblemException, RequireScope } from '#platform';
import { PROBLEM_CONTENT } from '../problem-content.js';
import { GetProblem } from './get-problem.js';

@ApiTags('coordinations')
@Controller('coordination')
@RequireScope('read')
export class ProblemController {
  constructor(private readonly queries: QueryBus) {}

  @Get(':coordination_id/problem')
  @ApiOperation({
    operationId: 'coordinationProblem',
    summary: 'The optimisation problem behind a coordination, with the answer and its multipliers',
    description:
      'One coordination-problem/1 document, exactly as solved, decided again from the recorded inputs; docs/check_problem.py checks it with numpy alone, and `coordination solve` solves it.',
  })
  @ApiParam({ name: 'coordination_id', schema: { type: 'string' } })
  @ApiOkResponse({
    description: 'The problem, its continuous answer (`solution`) and the whole lots decided on (`whole_lots`)',
    schema: {
      type: 'object',
      required: ['format', 'instruments', 'solution', 'whole_lots'],
      properties: {
        format: { const: 'coordination-problem/1' } as object,
        instruments: { type: 'array', items: { type: 'string' } },
        solution: { type: 'object', description: 'coordination-solution/1' },
        whole_lots: {
          type: 'object',
          required: ['w', 'objective'],
          properties: {
            w: { type: 'array', items: { type: 'number' } },
            objective: { type: 'number' },
          },
        },
      },
    },
  })
  @ApiResponse({
    status: '4XX',
    description: 'Unknown, or decided by an engine version that decided otherwise',
    content: PROBLEM_CONTENT,
  })
  async problem(@Param('coordination_id') coordinationId: string): Promise<CoordinationProblem> {
    const problem = await this.queries.execute(new GetProblem(coordinationId));
    if (problem !== null) return problem;
    throw new ProblemException('not-found', { detail: `No coordination is called "${coordinationId}".` });
  }
}
