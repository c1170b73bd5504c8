import { Body, Controller, Get, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { schemaReference, validateReplayRequest } from '#contracts';
import type { ReplayRequest } from '#domain';
import type { StoredReplay } from '#event-store';
import { ProblemException, RequireScope } from '#platform';
import { acceptBody } from '../accept-body.js';
import { CLOCK, type Clock, REPLAYS, type Replays } from '../command-adapters.js';
import { type CommandContext, RequestContext } from '../command-context.js';
import { PROBLEM_CONTENT } from '../problem-content.js';
import { type ReplayJob, toReplayJob } from './replay-job.js';
import { StartReplay } from './start-replay.js';

const LISTED = 100;
const REPLAY_ID = { name: 'replay_id', schema: { type: 'string' as const, format: 'uuid' } };

@ApiTags('audit')
@Controller('replays')
@RequireScope('audit')
export class ReplayController {
  constructor(
    private readonly commands: CommandBus,
    @Inject(REPLAYS) private readonly replays: Replays,
    @Inject(CLOCK) private readonly now: Clock,
  ) {}

  @Post()
  @ApiOperation({
    operationId: 'startReplay',
    summary: 'Decide recorded coordinations again: to verify every byte, or under another configuration',
    description: 'A job: it goes on in workers, also after a restart. What is coordinated meanwhile is not part of it.',
  })
  @ApiBody({ schema: schemaReference('ReplayRequest') })
  @ApiResponse({ status: 202, description: 'Queued', schema: schemaReference('ReplayJob') })
  @ApiResponse({ status: '4XX', description: 'Refused', content: PROBLEM_CONTENT })
  async start(
    @Body() body: unknown,
    @RequestContext() context: CommandContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ReplayJob> {
    const request = acceptBody<ReplayRequest>(body, validateReplayRequest);
    const job = await this.commands.execute(new StartReplay(request, context));
    void reply.code(202).header('location', `/replays/${job.replay_id}`);
    return job;
  }

  @Get()
  @ApiOperation({ operationId: 'listReplays', summary: `The newest ${LISTED} replays` })
  @ApiOkResponse({ schema: { type: 'array', items: schemaReference('ReplayJob') } })
  async list(): Promise<ReplayJob[]> {
    return (await this.replays.list(LISTED)).map((stored) => this.shown(stored));
  }

  @Get(':replay_id')
  @ApiOperation({ operationId: 'replay', summary: 'Progress of a replay, and what it found so far' })
  @ApiParam(REPLAY_ID)
  @ApiOkResponse({ schema: schemaReference('ReplayJob') })
  async get(@Param('replay_id') replayId: string): Promise<ReplayJob> {
    return this.found(await this.replays.find(replayId), replayId);
  }

  @Post(':replay_id/cancel')
  @HttpCode(200)
  @ApiOperation({ operationId: 'cancelReplay', summary: 'End a replay; one that has ended stays as it ended' })
  @ApiParam(REPLAY_ID)
  @ApiOkResponse({ schema: schemaReference('ReplayJob') })
  async cancel(@Param('replay_id') replayId: string): Promise<ReplayJob> {
    return this.found(await this.replays.cancel(replayId), replayId);
  }

  private found(stored: StoredReplay | null, replayId: string): ReplayJob {
    if (stored !== null) return this.shown(stored);
    throw new ProblemException('not-found', { detail: `No replay is called "${replayId}".` });
  }

  private shown(stored: StoredReplay): ReplayJob {
    return toReplayJob(stored, this.now().getTime());
  }
}
