import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiPropertyOptional, ApiResponse, ApiTags } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional } from 'class-validator';
import { ProblemException, RequireScope } from '#platform';
import { SWITCH_POLICIES, type SwitchPolicy } from '#read-models';
import { ParkedEvents, type RetryOutcome } from '../parked/parked-events.js';
import { ProjectorService } from '../projector.service.js';
import { RebuildControl } from '../rebuild/rebuild-control.js';
import { type JobView, jobView, type ParkedView, parkedView, type ProjectionsView } from './projection-views.js';

class RebuildBody {
  @ApiPropertyOptional({
    enum: SWITCH_POLICIES,
    default: 'if_equal',
    description:
      'if_equal: only where every table equals the live one; always: after a change of a projection; never: compare only.',
  })
  @IsOptional()
  @IsIn(SWITCH_POLICIES)
  switch?: SwitchPolicy;

  @ApiPropertyOptional({
    default: false,
    description: 'Goes on with the tables that an earlier job left, instead of from position 0.',
  })
  @IsOptional()
  @IsBoolean()
  resume?: boolean;
}

const POSITION = /^[1-9]\d{0,17}$/;
const READ_MODELS = 'read-models';
const NAME = { name: 'name', description: 'read-models: the cache is filled from them and has no versions' };

/** How far the log is folded, what is set aside, and making the tables anew beside the live ones. */
@ApiTags('projections')
@Controller('projections')
@RequireScope('operate')
export class ProjectionsController {
  constructor(
    @Inject(ProjectorService) private readonly projector: ProjectorService,
    @Inject(ParkedEvents) private readonly parked: ParkedEvents,
    @Inject(RebuildControl) private readonly rebuilds: RebuildControl,
  ) {}

  @Get()
  @RequireScope('read')
  @ApiOperation({
    summary: 'How far the log is folded, by lane; parked events, versions, aggregates and the latest job',
  })
  list(): Promise<ProjectionsView> {
    return this.projector.status();
  }

  @Get('parked')
  @RequireScope('read')
  @ApiOperation({
    summary: 'Events that could not be folded, and those of their streams that wait for them',
    description: 'In the order of the log. `id` is the position of the event.',
  })
  async listParked(): Promise<{ readonly parked: readonly ParkedView[] }> {
    return { parked: (await this.parked.list()).map(parkedView) };
  }

  @Post('parked/:id/retry')
  @HttpCode(200)
  @ApiParam({ name: 'id', description: 'The position of a parked event' })
  @ApiOperation({
    summary: 'Fold the parked events of a stream after all',
    description: 'From the first parked event of its stream on, in order, as far as that goes.',
  })
  async retry(@Param('id') id: string): Promise<RetryOutcome> {
    const outcome = POSITION.test(id) ? await this.parked.retry(BigInt(id)) : null;
    if (outcome === null) throw new ProblemException('not-found', { detail: `No event is parked at position ${id}.` });
    return outcome;
  }

  @Get('jobs/:id')
  @RequireScope('read')
  @ApiOperation({ summary: 'Progress of a rebuild or of going back' })
  async job(@Param('id') id: string): Promise<JobView> {
    return jobView(await this.rebuilds.find(jobId(id)));
  }

  @Delete('jobs/:id')
  @HttpCode(202)
  @ApiOperation({ summary: 'Cancel a job; the live tables stay as they are' })
  async cancel(@Param('id') id: string): Promise<JobView> {
    return jobView(await this.rebuilds.cancel(jobId(id)));
  }

  @Post(':name/rebuild')
  @HttpCode(202)
  @ApiParam(NAME)
  @ApiOperation({
    summary: 'Fold the whole log into new tables beside the live ones, compare, switch',
    description: 'Readers and writers go on. One job at a time; its progress is at /projections/jobs/{id}.',
  })
  @ApiResponse({ status: 409, description: 'A job is running' })
  async rebuild(@Param('name') name: string, @Body() body?: RebuildBody): Promise<JobView> {
    refuseOther(name);
    return jobView(await this.rebuilds.rebuild({ switch: body?.switch ?? 'if_equal', resume: body?.resume ?? false }));
  }

  @Post(':name/rollback')
  @HttpCode(202)
  @ApiParam(NAME)
  @ApiOperation({
    summary: 'Bring the former tables up to date and put them back',
    description: 'The tables that are live now become the former ones.',
  })
  @ApiResponse({ status: 409, description: 'A job is running, or there is no former version' })
  async rollBack(@Param('name') name: string): Promise<JobView> {
    refuseOther(name);
    return jobView(await this.rebuilds.rollBack());
  }
}

function refuseOther(name: string): void {
  if (name === READ_MODELS) return;
  const why = name === 'cache' ? 'The cache is filled from the read models' : `There is no projection "${name}"`;
  throw new ProblemException('not-found', { detail: `${why}: ${READ_MODELS} is the one that has versions.` });
}

function jobId(id: string): string {
  if (!POSITION.test(id)) throw new ProblemException('not-found', { detail: `There is no job ${id}.` });
  return id;
}
