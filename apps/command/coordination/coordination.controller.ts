import { Readable } from 'node:stream';
import { Body, Controller, Headers, Post, Query, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBody, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsOptional } from 'class-validator';
import type { FastifyReply } from 'fastify';
import { schemaReference, validateBatch, validateCoordinationRequest } from '#contracts';
import type { CoordinationRequest } from '#domain';
import { RequireScope } from '#platform';
import { acceptBody } from '../accept-body.js';
import { answerWith } from '../command-answer.js';
import { type CommandContext, RequestContext } from '../command-context.js';
import { idempotencyKey } from '../idempotency/idempotency.js';
import { PROBLEM_CONTENT } from '../problem-content.js';
import { CoordinateBatch } from './coordinate-batch.js';
import { CoordinateSignals } from './coordinate-signals.js';

class CoordinateQuery {
  @IsOptional()
  @IsBoolean({ message: 'dry_run is true or false' })
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  dry_run?: boolean;
}

const NDJSON = 'application/x-ndjson';
const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  required: false,
  description: 'The same key and body gives the first answer again; with another body it is refused',
};

@ApiTags('coordination')
@Controller()
@RequireScope('coordinate')
export class CoordinationController {
  constructor(private readonly commands: CommandBus) {}

  @Post('coordinate')
  @ApiOperation({
    operationId: 'coordinate',
    summary: 'Coordinate signals, a portfolio and its rebalance requests into decisions',
    description: 'Durable before it answers. With dry_run=true nothing is stored and the id ends in 000.',
  })
  @ApiBody({ schema: schemaReference('CoordinationRequest') })
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiResponse({
    status: 201,
    description: 'Stored',
    schema: schemaReference('CoordinationResponse'),
    headers: {
      Location: { description: 'Where to read it', schema: { type: 'string' } },
      'Coordination-Position': { description: 'For reading one’s own write', schema: { type: 'string' } },
    },
  })
  @ApiResponse({
    status: 200,
    description: 'Computed, not stored (dry_run)',
    schema: schemaReference('CoordinationResponse'),
  })
  @ApiResponse({ status: '4XX', description: 'Refused; nothing is stored', content: PROBLEM_CONTENT })
  @ApiResponse({ status: 503, description: 'Too much work is waiting', content: PROBLEM_CONTENT })
  async coordinate(
    @Body() body: unknown,
    @Query() query: CoordinateQuery,
    @Headers('idempotency-key') key: string | undefined,
    @RequestContext() context: CommandContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const request = acceptBody<CoordinationRequest>(body, validateCoordinationRequest);
    const options = { dryRun: query.dry_run ?? false, idempotencyKey: idempotencyKey(key) };
    return answerWith(reply, await this.commands.execute(new CoordinateSignals(request, context, options)));
  }

  @Post('batch-coordinate')
  @ApiOperation({
    operationId: 'batchCoordinate',
    summary: 'Coordinate a list of requests, in parallel',
    description:
      'Answers in the order of the list. With Accept: application/x-ndjson each is a line as soon as it is stored, with its index. An unacceptable item refuses the whole list.',
  })
  @ApiBody({ schema: schemaReference('CoordinationRequestList') })
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiResponse({ status: 201, description: 'All stored', schema: schemaReference('CoordinationResponseList') })
  @ApiResponse({ status: '4XX', description: 'Refused; nothing is stored', content: PROBLEM_CONTENT })
  async coordinateBatch(
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Headers('accept') accept: string | undefined,
    @RequestContext() context: CommandContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const requests = acceptBody<readonly CoordinationRequest[]>(body, validateBatch);
    const streamed = accept?.includes(NDJSON) ?? false;
    const options = { streamed, idempotencyKey: idempotencyKey(key) };
    const answers = await this.commands.execute(new CoordinateBatch(requests, context, options));
    if (Symbol.asyncIterator in answers) {
      void reply.code(200).type(NDJSON);
      return Readable.from(toLines(answers));
    }
    const positions = answers.flatMap(({ position }) => (position === null ? [] : [position]));
    const last = positions.reduce<bigint | null>(
      (max, position) => (max === null || position > max ? position : max),
      null,
    );
    const replayed = answers.length > 0 && answers.every((answer) => answer.replayed === true);
    return answerWith(reply, { status: 201, headers: {}, body: answers.map((a) => a.body), position: last, replayed });
  }
}

async function* toLines(items: AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const item of items) yield `${JSON.stringify(item)}\n`;
}
