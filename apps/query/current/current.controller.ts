import { Controller, Get, Header, Inject, Param, Query, Res, UseInterceptors } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { schemaReference } from '#contracts';
import { ProblemException, RequireScope } from '#platform';
import { CORRELATION_INSTRUMENTS_MAX } from '#projections';
import type { Served } from '../cached-reads.js';
import { CoordinationPositionInterceptor, RequiredPosition } from '../consistency/coordination-position.js';
import { ReadsOwnWrites, SERVED_FROM } from '../http/api-decorators.js';
import { JSON_TYPE } from '../http/media-types.js';
import { CorrelationParameters, InstrumentParameters, PortfolioParameters } from './current-parameters.js';
import { GetCorrelationMatrix, GetRiskMetrics } from './market-model.js';
import { GetPortfolioState } from './portfolio-state.js';
import { GetRecentDecisions } from './recent-decisions.js';

/** What is current: the cached read models, with the database behind them. */
@ApiTags('current')
@Controller()
@RequireScope('read')
@UseInterceptors(CoordinationPositionInterceptor)
@ReadsOwnWrites()
export class CurrentController {
  constructor(@Inject(QueryBus) private readonly queries: QueryBus) {}

  @Get('portfolio-state/current')
  @Header('content-type', JSON_TYPE)
  @ApiOperation({ summary: 'The portfolio state that was set last' })
  @ApiOkResponse({ schema: schemaReference('PortfolioState'), headers: SERVED_FROM })
  async portfolioState(
    @Query() { portfolio_id }: PortfolioParameters,
    @RequiredPosition() position: bigint | null,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const served = await this.queries.execute(new GetPortfolioState(portfolio_id, position));
    const which = portfolio_id === undefined ? 'any portfolio' : `the portfolio "${portfolio_id}"`;
    return send(reply, served, `No state of ${which} has been set.`);
  }

  @Get('recent-decisions/:instrument_id')
  @Header('content-type', JSON_TYPE)
  @ApiOperation({ summary: 'The latest decisions on an instrument, newest first, at most fifty' })
  @ApiOkResponse({ schema: { type: 'array', items: { type: 'object' } }, headers: SERVED_FROM })
  async recentDecisions(
    @Param() { instrument_id }: InstrumentParameters,
    @RequiredPosition() position: bigint | null,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    return send(reply, await this.queries.execute(new GetRecentDecisions(instrument_id, position)), '');
  }

  @Get('correlation-matrix/current')
  @Header('content-type', JSON_TYPE)
  @ApiOperation({ summary: 'Correlations of one trading day under the published market model' })
  @ApiOkResponse({
    schema: {
      type: 'object',
      required: ['model_id', 'as_of', 'regime', 'instruments', 'values'],
      properties: {
        model_id: { type: 'string' },
        as_of: { type: 'string', format: 'date' },
        regime: { type: 'string', enum: ['CALM', 'NORMAL', 'STRESSED'] },
        instruments: { type: 'array', items: { type: 'string' } },
        values: { type: 'array', items: { type: 'array', items: { type: 'number', minimum: -1, maximum: 1 } } },
      },
    },
    headers: SERVED_FROM,
  })
  async correlationMatrix(
    @Query() { instruments }: CorrelationParameters,
    @RequiredPosition() position: bigint | null,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const served = await this.queries.execute(new GetCorrelationMatrix(instruments, position));
    if (served === 'TOO_LARGE') {
      const accepted = `at most ${CORRELATION_INSTRUMENTS_MAX} instruments of the model, by commas`;
      const error = { pointer: '/instruments', message: 'is needed: the model is too large for one matrix', accepted };
      throw new ProblemException('invalid-request', { detail: `${error.pointer} ${error.message}`, errors: [error] });
    }
    return send(reply, served, 'No market model has been published.');
  }

  @Get('risk-metrics/:instrument_id')
  @Header('content-type', JSON_TYPE)
  @ApiOperation({ summary: 'The risk of an instrument on one trading day under the published market model' })
  @ApiOkResponse({ schema: { type: 'object' }, headers: SERVED_FROM })
  async riskMetrics(
    @Param() { instrument_id }: InstrumentParameters,
    @RequiredPosition() position: bigint | null,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const served = await this.queries.execute(new GetRiskMetrics(instrument_id, position));
    return send(reply, served, `The published market model, if any, does not hold "${instrument_id}".`);
  }
}

function send(reply: FastifyReply, served: Served | null, notFound: string): string {
  if (served === null) throw new ProblemException('not-found', { detail: notFound });
  void reply.header('x-served-from', served.from);
  return served.json;
}
