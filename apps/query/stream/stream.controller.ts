import { Controller, Get, Headers, Inject, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { schemaReference } from '#contracts';
import { ProblemException, RequireScope } from '#platform';
import { CoordinationFeed } from './coordination-feed.js';

const POSITION = /^\d{1,18}$/;
const RETRY_AFTER_SECONDS = 10;

@ApiTags('coordinations')
@Controller('stream')
@RequireScope('read')
export class StreamController {
  constructor(@Inject(CoordinationFeed) private readonly feed: CoordinationFeed) {}

  @Get()
  @ApiOperation({
    summary: 'Completed coordinations as they come: server-sent events',
    description:
      'Each event is called `coordination_completed`, has a CoordinationRecord as its data and its log position as its id. Comments in between say that the connection is alive.',
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'A log position: everything after it is sent first. Without it the stream begins now.',
    schema: { type: 'string', pattern: '^[0-9]{1,18}$' },
  })
  @ApiOkResponse({ content: { 'text/event-stream': { schema: schemaReference('CoordinationRecord') } } })
  async stream(@Headers('last-event-id') lastEventId: string | undefined, @Res() reply: FastifyReply): Promise<void> {
    const given = lastEventId === undefined || lastEventId === '' ? null : lastEventId;
    if (given !== null && !POSITION.test(given)) {
      throw new ProblemException('invalid-header', {
        detail: 'Last-Event-ID is the id of an event of this stream, a decimal number.',
      });
    }
    const client = await this.feed.open(given === null ? null : BigInt(given));
    if (client === null) {
      throw new ProblemException('overloaded', {
        detail: 'As many clients as this process serves are connected to the stream.',
        retryAfter: RETRY_AFTER_SECONDS,
      });
    }
    reply.raw.once('close', () => client.destroy());
    void reply
      .type('text/event-stream; charset=utf-8')
      // nginx would keep the events until it has enough of them
      .header('x-accel-buffering', 'no')
      .send(client);
  }
}
