import { Body, Controller, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Length } from 'class-validator';
import type { FastifyReply } from 'fastify';
import { schemaReference, validateQueuedRebalanceRequest } from '#contracts';
import { RequireScope } from '#platform';
import { acceptBody } from '../accept-body.js';
import { answerWith } from '../command-answer.js';
import { type CommandContext, RequestContext } from '../command-context.js';
import { idempotencyKey } from '../idempotency/idempotency.js';
import { PROBLEM_CONTENT } from '../problem-content.js';
import { CancelRebalance } from './cancel-rebalance.js';
import { type QueuedRebalanceRequest, RequestRebalance } from './request-rebalance.js';

class RebalancePath {
  @Length(1, 100)
  id!: string;
}

class PortfolioQuery {
  @Length(1, 100, { message: 'portfolio_id names the portfolio of the request, 1 to 100 characters' })
  portfolio_id!: string;
}

@ApiTags('rebalancing')
@Controller('rebalance-requests')
@RequireScope('coordinate')
export class RebalanceController {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiOperation({
    operationId: 'requestRebalance',
    summary: 'Queue a rebalance request for a stored portfolio',
    description:
      'The next coordinations that name the portfolio_id take it up, together with those they bring themselves, until it is done or cancelled.',
  })
  @ApiBody({ schema: schemaReference('QueuedRebalanceRequest') })
  @ApiResponse({ status: 201, description: 'Queued', schema: schemaReference('RebalanceReceipt') })
  @ApiResponse({ status: '4XX', description: 'Refused; nothing is stored', content: PROBLEM_CONTENT })
  async request(
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @RequestContext() context: CommandContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const request = acceptBody<QueuedRebalanceRequest>(body, validateQueuedRebalanceRequest);
    return answerWith(reply, await this.commands.execute(new RequestRebalance(request, context, idempotencyKey(key))));
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'cancelRebalance',
    summary: 'Take a queued rebalance request back',
    description: 'What was done of it stays. 404 where the portfolio has no such request, 409 where it is finished.',
  })
  @ApiResponse({ status: 200, description: 'Cancelled', schema: schemaReference('RebalanceReceipt') })
  @ApiResponse({ status: '4XX', description: 'Refused; nothing is stored', content: PROBLEM_CONTENT })
  async cancel(
    @Param() { id }: RebalancePath,
    @Query() { portfolio_id }: PortfolioQuery,
    @Headers('idempotency-key') key: string | undefined,
    @RequestContext() context: CommandContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const command = new CancelRebalance(portfolio_id, id, context, idempotencyKey(key));
    return answerWith(reply, await this.commands.execute(command));
  }
}
