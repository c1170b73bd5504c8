import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ProblemException, RequireScope } from '#platform';
import { COMMAND_URL } from '../query-adapters.js';

/** Nothing on this side calls the engine or has the log: who asks for what takes them is sent to the command process. */
@Controller()
export class CommandRedirectController {
  constructor(@Inject(COMMAND_URL) private readonly commandUrl: string) {}

  @Get('coordination/:coordination_id/problem')
  @RequireScope('read')
  @ApiTags('coordinations')
  @ApiOperation({ summary: 'The optimisation problem behind a coordination: redirects to the command process' })
  @ApiResponse({ status: 307, description: 'Where the command process serves it' })
  problem(@Param('coordination_id') coordinationId: string, @Res() reply: FastifyReply): void {
    this.redirect(reply, ['coordination', coordinationId, 'problem']);
  }

  @Get('replays/:replay_id')
  @RequireScope('audit')
  @ApiTags('audit')
  @ApiOperation({ summary: 'Progress of a replay: redirects to the command process' })
  @ApiResponse({ status: 307, description: 'Where the command process serves it' })
  replay(@Param('replay_id') replayId: string, @Res() reply: FastifyReply): void {
    this.redirect(reply, ['replays', replayId]);
  }

  private redirect(reply: FastifyReply, path: readonly string[]): void {
    if (this.commandUrl === '') {
      const detail = 'The command process serves this, and COMMAND_URL does not say where it is.';
      throw new ProblemException('not-found', { detail });
    }
    const target = new URL(`/${path.map(encodeURIComponent).join('/')}`, this.commandUrl);
    void reply.code(307).header('location', target.href).send();
  }
}
