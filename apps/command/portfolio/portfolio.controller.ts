import { Body, Controller, Headers, Param, Put, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Length } from 'class-validator';
import type { FastifyReply } from 'fastify';
import { schemaReference, validatePortfolioState } from '#contracts';
import type { FieldError, PortfolioState } from '#domain';
import { RequireScope } from '#platform';
import { acceptBody } from '../accept-body.js';
import { answerWith } from '../command-answer.js';
import { type CommandContext, RequestContext } from '../command-context.js';
import { idempotencyKey } from '../idempotency/idempotency.js';
import { SetPortfolioState } from './set-portfolio-state.js';

class PortfolioPath {
  @Length(1, 100)
  id!: string;
}

@ApiTags('portfolios')
@Controller('portfolios')
@RequireScope('operate')
export class PortfolioController {
  constructor(private readonly commands: CommandBus) {}

  @Put(':id/state')
  @ApiOperation({
    operationId: 'setPortfolioState',
    summary: 'Tell the state of a portfolio',
    description: 'Requests may then name its portfolio_id instead of carrying the state.',
  })
  @ApiBody({ schema: schemaReference('PortfolioState') })
  @ApiResponse({ status: 201, description: 'The first state of this portfolio' })
  @ApiResponse({ status: 200, description: 'A newer state' })
  async setState(
    @Param() path: PortfolioPath,
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @RequestContext() context: CommandContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const state = acceptBody<PortfolioState>(body, (value) => validateStateOf(path.id, value));
    return answerWith(reply, await this.commands.execute(new SetPortfolioState(state, context, idempotencyKey(key))));
  }
}

function validateStateOf(id: string, body: unknown): readonly FieldError[] {
  const errors = validatePortfolioState(body);
  if (errors.length > 0 || (body as PortfolioState).portfolio_id === id) return errors;
  return [
    { pointer: '/portfolio_id', message: 'differs from the portfolio of the address', accepted: JSON.stringify(id) },
  ];
}
