import { Controller, Get, Inject, Param, Query, UseInterceptors } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { schemaReference } from '#contracts';
import { ProblemException, RequireScope } from '#platform';
import type { LearnedStateRecord } from '#read-models';
import { CoordinationPositionInterceptor } from '../consistency/coordination-position.js';
import { ReadsOwnWrites } from '../http/api-decorators.js';
import { IsName } from '../http/parameters.js';
import { type AccuracyAnswer, GetAccuracy } from './get-accuracy.js';
import { type AttributionAnswer, GetAttribution } from './get-attribution.js';
import { type CoordinationOutcomes, GetCoordinationOutcomes } from './get-coordination-outcomes.js';
import { GetSources, type SourceCard } from './get-sources.js';
import { ListLearnedStates } from './list-learned-states.js';
import { outcomeFilter, OutcomeParameters, OutcomeRangeParameters } from './outcome-parameters.js';

const LIMIT_MAX = 100;

class LearnedStateParameters {
  @ApiPropertyOptional({ minimum: 1, maximum: LIMIT_MAX, default: 20 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(LIMIT_MAX)
  limit: number = 20;
}

class CoordinationPath {
  @IsName(100)
  coordination_id!: string;
}

@ApiTags('outcomes')
@Controller()
@RequireScope('read')
@UseInterceptors(CoordinationPositionInterceptor)
@ReadsOwnWrites()
export class OutcomesController {
  constructor(@Inject(QueryBus) private readonly queries: QueryBus) {}

  @Get('accuracy')
  @ApiOperation({
    summary: 'How right signals and decisions were',
    description:
      'Of what was decided in the range and has been measured: hit rates with their intervals, information coefficients with their standard errors, Brier scores with their decomposition and the reliability curve, and the Sharpe ratio of what the days earned.',
  })
  @ApiOkResponse({ schema: schemaReference('Accuracy') })
  async accuracy(@Query() parameters: OutcomeParameters): Promise<AccuracyAnswer> {
    return this.queries.execute(new GetAccuracy(outcomeFilter(parameters, Date.now()), parameters.by));
  }

  @Get('attribution')
  @ApiOperation({
    summary: 'Who earned what',
    description:
      'Profit of the decisions of the range by source, strategy, instrument, sector, regime, mode or configuration, in its parts; what each limit cost; and the profit by day. The groups add up to the profit. Money.',
  })
  @ApiOkResponse({ schema: schemaReference('Attribution') })
  async attribution(@Query() parameters: OutcomeParameters): Promise<AttributionAnswer> {
    return this.queries.execute(new GetAttribution(outcomeFilter(parameters, Date.now()), parameters.by));
  }

  @Get('sources')
  @ApiOperation({ summary: 'Scorecards of the sources that have spoken in the range' })
  @ApiOkResponse({ schema: schemaReference('SourceList') })
  async sources(@Query() parameters: OutcomeRangeParameters): Promise<{
    readonly from: string;
    readonly to: string;
    readonly sources: readonly SourceCard[];
  }> {
    const filter = outcomeFilter(parameters, Date.now());
    return { from: filter.from, to: filter.to, sources: await this.queries.execute(new GetSources(filter)) };
  }

  @Get('learned-states')
  @ApiOperation({
    summary: 'What was learned of sources, newest first',
    description:
      'Challengers, the champion that coordinations use, and those before it, each with the last test of it.',
  })
  @ApiOkResponse({ schema: schemaReference('LearnedStateList') })
  async learnedStates(
    @Query() { limit }: LearnedStateParameters,
  ): Promise<{ readonly learned_states: readonly LearnedStateRecord[] }> {
    return { learned_states: await this.queries.execute(new ListLearnedStates(limit)) };
  }

  @Get('coordination/:coordination_id/attribution')
  @ApiOperation({ summary: 'What came of one coordination, as far as it is known' })
  @ApiOkResponse({ schema: schemaReference('CoordinationOutcomes') })
  async coordination(@Param() { coordination_id }: CoordinationPath): Promise<CoordinationOutcomes> {
    const found = await this.queries.execute(new GetCoordinationOutcomes(coordination_id));
    if (found !== null) return found;
    throw new ProblemException('not-found', { detail: `No coordination is called "${coordination_id}".` });
  }
}
