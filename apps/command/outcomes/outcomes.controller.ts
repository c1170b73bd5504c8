import { Body, Controller, Headers, HttpCode, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBody, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Length } from 'class-validator';
import type { FastifyReply } from 'fastify';
import { type OutcomesRequest, schemaReference, validateOutcomes } from '#contracts';
import { RequireScope } from '#platform';
import { acceptBody } from '../accept-body.js';
import { answerWith } from '../command-answer.js';
import { type CommandContext, RequestContext } from '../command-context.js';
import { idempotencyKey } from '../idempotency/idempotency.js';
import { PROBLEM_CONTENT } from '../problem-content.js';
import { PostOutcomes } from './post-outcomes.js';

class CoordinationPath {
  @Length(1, 100)
  coordination_id!: string;
}

@ApiTags('outcomes')
@Controller('coordination/:coordination_id')
@RequireScope('coordinate')
export class OutcomesController {
  constructor(private readonly commands: CommandBus) {}

  @Post('outcomes')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'postOutcomes',
    summary: 'Tell what came of signals and decisions',
    description:
      'For instruments that the service has no bars of; where it has, outcomes are measured by themselves when horizons have passed. All of them or none. What is posted counts in place of what the market data say; the same again changes nothing, something else is a correction.',
  })
  @ApiBody({ schema: schemaReference('OutcomesRequest') })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'The same key and body gives the first answer again; with another body it is refused',
  })
  @ApiResponse({ status: 200, description: 'Stored', schema: schemaReference('OutcomesReceipt') })
  @ApiResponse({ status: '4XX', description: 'Refused; nothing is stored', content: PROBLEM_CONTENT })
  async post(
    @Param() { coordination_id }: CoordinationPath,
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @RequestContext() context: CommandContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const outcomes = acceptBody<OutcomesRequest>(body, validateOutcomes);
    const command = new PostOutcomes(coordination_id, outcomes, context, idempotencyKey(key));
    return answerWith(reply, await this.commands.execute(command));
  }
}
