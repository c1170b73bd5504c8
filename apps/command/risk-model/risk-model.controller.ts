import { Controller, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { schemaReference } from '#contracts';
import { RequireScope } from '#platform';
import { answerWith } from '../command-answer.js';
import { type CommandContext, RequestContext } from '../command-context.js';
import { BuildRiskModel } from './build-risk-model.js';

@ApiTags('market data')
@Controller('risk-models')
@RequireScope('operate')
export class RiskModelController {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiOperation({
    operationId: 'buildRiskModel',
    summary: 'Build a risk model of the stored bars, and use it from now on',
    description:
      'Prepares the bars, builds the model, tests it over the last year and publishes it, in a thread of its own: coordinations go on, and ' +
      'those under way keep the model they began with. The same bars give the same model, so that asking again changes nothing and ' +
      '`Idempotency-Key` is not looked at.',
  })
  @ApiResponse({ status: 201, description: 'Published', schema: schemaReference('RiskModelBuild') })
  @ApiResponse({
    status: 200,
    description: 'It is the current model already',
    schema: schemaReference('RiskModelBuild'),
  })
  @ApiResponse({ status: 404, description: 'There are no bars' })
  async build(@RequestContext() context: CommandContext, @Res({ passthrough: true }) reply: FastifyReply) {
    const { model, version, published, position, report } = await this.commands.execute(new BuildRiskModel(context));
    const body = { ...model, version, published, report };
    const headers = { location: '/risk-model/current' };
    return answerWith(reply, { status: published ? 201 : 200, headers, body, position });
  }
}
