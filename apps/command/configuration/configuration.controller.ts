import { Body, Controller, Headers, HttpCode, Param, Post, Put, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Matches } from 'class-validator';
import type { FastifyReply } from 'fastify';
import { schemaReference, validateCoordinationParameters } from '#contracts';
import type { CoordinationParameters } from '#domain';
import { RequireScope } from '#platform';
import { acceptBody } from '../accept-body.js';
import { answerWith } from '../command-answer.js';
import { type CommandContext, RequestContext } from '../command-context.js';
import { idempotencyKey } from '../idempotency/idempotency.js';
import { DisableConfiguration } from './disable-configuration.js';
import { SetConfiguration } from './set-configuration.js';

class ConfigurationPath {
  @Matches(/^[A-Za-z0-9._-]{1,100}$/, { message: 'name is 1 to 100 letters, digits, dots, dashes or underscores' })
  name!: string;
}

@ApiTags('configurations')
@Controller('configurations/:name')
@RequireScope('operate')
export class ConfigurationController {
  constructor(private readonly commands: CommandBus) {}

  @Put()
  @ApiOperation({
    operationId: 'setConfiguration',
    summary: 'Make or replace a named set of parameters, and enable it',
  })
  @ApiBody({ schema: schemaReference('CoordinationParameters') })
  @ApiResponse({ status: 201, description: 'Made', schema: schemaReference('Configuration') })
  @ApiResponse({ status: 200, description: 'Replaced', schema: schemaReference('Configuration') })
  async set(
    @Param() path: ConfigurationPath,
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @RequestContext() context: CommandContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const parameters = acceptBody<CoordinationParameters>(body, validateCoordinationParameters);
    const command = new SetConfiguration(path.name, parameters, context, idempotencyKey(key));
    return answerWith(reply, await this.commands.execute(command));
  }

  @Post('disable')
  @HttpCode(200)
  @ApiOperation({ operationId: 'disableConfiguration', summary: 'Refuse requests that name it from now on' })
  @ApiResponse({ status: 200, description: 'Disabled', schema: schemaReference('Configuration') })
  async disable(
    @Param() path: ConfigurationPath,
    @Headers('idempotency-key') key: string | undefined,
    @RequestContext() context: CommandContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const command = new DisableConfiguration(path.name, context, idempotencyKey(key));
    return answerWith(reply, await this.commands.execute(command));
  }
}
