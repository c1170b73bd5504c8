import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ProblemException, RequireScope } from '#platform';
import { COMMAND_URL } from '../query-adapters.js';

/** Nothing on this side calls the engine: who asks for what it takes to decide again is sent to the command process. */
@ApiTags('coordinations')
@Controller('coordination')
@RequireScope('read')
export class ProblemRedirectController {
  constructor(@Inject(COMMAND_URL) private readonly commandUrl: string) {}

  @Get(':coordination_id/problem')
  @ApiOperation({ summary: 'The optimisation problem behind a coordination: redirects to the command process' })
  @ApiResponse({ status: 307, description: 'Where the command process serves it' })
  problem(@Param('coordination_id') coordinationId: string, @Res() reply: FastifyReply): void {
    if (this.commandUrl === '') {
      const detail =
        'The command process serves the problems of coordinations, and COMMAND_URL does not say where it is.';
      throw new ProblemException('not-found', { detail });
    }
    const path = `/coordination/${encodeURIComponent(coordinationId)}/problem`;
    void reply.code(307).header('location', new URL(path, this.commandUrl).href).send();
  }
}
