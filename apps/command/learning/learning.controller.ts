import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { schemaReference, validateRevert } from '#contracts';
import { RequireScope } from '#platform';
import { acceptBody } from '../accept-body.js';
import { type CommandContext, RequestContext } from '../command-context.js';
import { PROBLEM_CONTENT } from '../problem-content.js';
import { Learning, type LearningReport } from './learning.js';

@ApiTags('learning')
@Controller('learned-states')
@RequireScope('operate')
export class LearningController {
  constructor(private readonly learning: Learning) {}

  @Post('learn')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'learn',
    summary: 'Learn from the outcomes now, and look at the challengers',
    description:
      'As the schedule does. What comes out is a challenger: it is used when it has won on coordinations that it has not seen.',
  })
  @ApiResponse({ status: 200, description: 'What it came to', schema: schemaReference('LearningReport') })
  learn(@RequestContext() context: CommandContext): Promise<LearningReport> {
    return this.learning.run(context);
  }

  @Post('revert')
  @HttpCode(200)
  @ApiOperation({ operationId: 'revertLearnedState', summary: 'Use the learned state before the present one again' })
  @ApiBody({ schema: schemaReference('RevertRequest') })
  @ApiResponse({ status: 200, description: 'What is used now' })
  @ApiResponse({ status: '4XX', description: 'There is none before it', content: PROBLEM_CONTENT })
  async revert(
    @Body() body: unknown,
    @RequestContext() context: CommandContext,
  ): Promise<{ readonly champion: string }> {
    const { reason } = acceptBody<{ readonly reason: string }>(body, validateRevert);
    return { champion: await this.learning.revert(reason, context) };
  }
}
