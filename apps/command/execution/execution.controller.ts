import { Body, Controller, Headers, HttpCode, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBody, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Length } from 'class-validator';
import type { FastifyReply } from 'fastify';
import { type FillsRequest, schemaReference, validateCancel, validateFills, validateMarketUpdate } from '#contracts';
import type { CancelOrders, MarketUpdate } from '#domain';
import { RequireScope } from '#platform';
import { acceptBody } from '../accept-body.js';
import { answerWith } from '../command-answer.js';
import { type CommandContext, RequestContext } from '../command-context.js';
import { idempotencyKey } from '../idempotency/idempotency.js';
import { PROBLEM_CONTENT } from '../problem-content.js';
import { TellExecution, type Told } from './tell-execution.js';

class CoordinationPath {
  @Length(1, 100)
  coordination_id!: string;
}

const KEY = {
  name: 'Idempotency-Key',
  required: false,
  description: 'The same key and body gives the first answer again; with another body it is refused',
};
const ANSWER = { status: 200, description: 'Stored', schema: schemaReference('ExecutionAnswer') };
const REFUSED = { status: '4XX', description: 'Refused; nothing is stored', content: PROBLEM_CONTENT } as const;

@ApiTags('executions')
@Controller('coordination/:coordination_id')
@RequireScope('coordinate')
export class ExecutionController {
  constructor(private readonly commands: CommandBus) {}

  @Post('fills')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'reportFills',
    summary: 'Report fills of a coordination’s decisions',
    description:
      'All of them or none. A fill that is known by its fill_id and the same is acknowledged and changes nothing. Reports may come in any order: fills executed before a cancellation or the end of the plan count whenever they are reported.',
  })
  @ApiBody({ schema: schemaReference('FillsRequest') })
  @ApiHeader(KEY)
  @ApiResponse(ANSWER)
  @ApiResponse(REFUSED)
  async fills(
    @Param() path: CoordinationPath,
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @RequestContext() context: CommandContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.tell(path, { kind: 'fills', body: acceptBody<FillsRequest>(body, validateFills) }, key, context, reply);
  }

  @Post('cancel')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'cancelExecution',
    summary: 'Cancel what is open of a coordination, or of some of its decisions',
    description: 'The rest is planned again. What is cancelled or expired already stays as it is.',
  })
  @ApiBody({ schema: schemaReference('CancelRequest') })
  @ApiHeader(KEY)
  @ApiResponse(ANSWER)
  @ApiResponse(REFUSED)
  async cancel(
    @Param() path: CoordinationPath,
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @RequestContext() context: CommandContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.tell(
      path,
      { kind: 'cancel', body: acceptBody<CancelOrders>(body, validateCancel) },
      key,
      context,
      reply,
    );
  }

  @Post('market-update')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'updateExecutionMarket',
    summary: 'Tell prices and expected volumes of what a coordination trades',
    description:
      'The rest is planned again where a price is more than one daily volatility from where it was planned at, or the volume below three quarters of what was planned with. Prices of fills count as well.',
  })
  @ApiBody({ schema: schemaReference('MarketUpdate') })
  @ApiHeader(KEY)
  @ApiResponse(ANSWER)
  @ApiResponse(REFUSED)
  async marketUpdate(
    @Param() path: CoordinationPath,
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @RequestContext() context: CommandContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const told: Told = { kind: 'market-update', body: acceptBody<MarketUpdate>(body, validateMarketUpdate) };
    return this.tell(path, told, key, context, reply);
  }

  private async tell(
    { coordination_id }: CoordinationPath,
    told: Told,
    key: string | undefined,
    context: CommandContext,
    reply: FastifyReply,
  ) {
    const command = new TellExecution(coordination_id, told, context, idempotencyKey(key));
    return answerWith(reply, await this.commands.execute(command));
  }
}
