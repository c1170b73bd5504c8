import { Controller, Get, Headers, Inject, Query, Req, Res, UseInterceptors } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { schemaReference } from '#contracts';
import { ProblemException, RequireScope } from '#platform';
import type { DecisionCursor, DecisionPage } from '#read-models';
import { CoordinationPositionInterceptor } from '../consistency/coordination-position.js';
import { ReadsOwnWrites } from '../http/api-decorators.js';
import { JSON_TYPE } from '../http/media-types.js';
import { negotiate } from '../http/negotiate.js';
import { decodeCursor, encodeCursor } from './decision-cursor.js';
import { toCsv, toNdjson } from './decision-formats.js';
import { DecisionsParameters, LIMIT_DEFAULT } from './decisions-parameters.js';
import { ListDecisions } from './list-decisions.js';

const FORMATS = ['application/json', 'text/csv', 'application/x-ndjson'] as const;

@ApiTags('decisions')
@Controller('decisions')
@RequireScope('read')
@UseInterceptors(CoordinationPositionInterceptor)
export class DecisionsController {
  constructor(@Inject(QueryBus) private readonly queries: QueryBus) {}

  @Get()
  @ApiOperation({
    summary: 'The history of decisions, newest first',
    description: 'JSON, CSV or NDJSON by `Accept`; `Link: rel="next"` names the next page in each of them.',
  })
  @ApiOkResponse({
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['decisions', 'next_cursor'],
          properties: {
            decisions: { type: 'array', items: schemaReference('DecisionRecord') },
            next_cursor: { type: 'string', nullable: true },
          },
        },
      },
      'text/csv': { schema: { type: 'string' } },
      'application/x-ndjson': { schema: schemaReference('DecisionRecord') },
    },
  })
  @ReadsOwnWrites()
  async list(
    @Query() parameters: DecisionsParameters,
    @Headers('accept') accept: string | undefined,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const format = negotiate(accept, FORMATS);
    if (format === null) throw new ProblemException('not-acceptable', { detail: `Served are ${FORMATS.join(', ')}.` });
    const { limit, cursor, ...filter } = parameters;
    const page = await this.queries.execute(new ListDecisions(filter, limit ?? LIMIT_DEFAULT, cursorOf(cursor)));
    const next = page.next === null ? null : encodeCursor(page.next);
    if (next !== null) void reply.header('link', `<${nextPage(request.url, next)}>; rel="next"`);
    void reply
      .header('vary', 'accept')
      .header('content-type', format === 'application/json' ? JSON_TYPE : `${format}; charset=utf-8`);
    return render(format, page, next);
  }
}

function cursorOf(text: string | undefined): DecisionCursor | null {
  if (text === undefined) return null;
  const cursor = decodeCursor(text);
  if (cursor !== null) return cursor;
  const error = { pointer: '/cursor', message: 'is not a cursor of this service', accepted: 'next_cursor of a page' };
  throw new ProblemException('invalid-request', {
    detail: '/cursor: is not a cursor of this service',
    errors: [error],
  });
}

/** The same address with another cursor. */
function nextPage(url: string, cursor: string): string {
  const [path = '', query = ''] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', cursor);
  return `${path}?${parameters.toString()}`;
}

function render(format: (typeof FORMATS)[number], page: DecisionPage, next: string | null): string {
  switch (format) {
    case 'application/json':
      return JSON.stringify({ decisions: page.decisions, next_cursor: next });
    case 'text/csv':
      return toCsv(page.decisions);
    case 'application/x-ndjson':
      return toNdjson(page.decisions);
  }
}
