import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { describeErrors, ProblemException } from '#platform';
import { OUTCOME_GROUPS, type OutcomeFilter, type OutcomeGroup } from '#read-models';
import { IsName, IsUtcTime } from '../http/parameters.js';

const GROUPS = Object.keys(OUTCOME_GROUPS) as OutcomeGroup[];
const RANGE_DEFAULT_MS = 90 * 86_400_000;

export class OutcomeRangeParameters {
  @ApiPropertyOptional({ format: 'date-time', description: 'Of the decisions. Default: 90 days before `to`.' })
  @IsOptional()
  @IsUtcTime()
  from?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Excluded. Default: now.' })
  @IsOptional()
  @IsUtcTime()
  to?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsName(100)
  portfolio_id?: string;
}

export class OutcomeParameters extends OutcomeRangeParameters {
  @ApiPropertyOptional({ enum: GROUPS, default: 'source' })
  @IsOptional()
  @IsIn(GROUPS)
  by: OutcomeGroup = 'source';
}

/** @param nowMs epoch milliseconds @throws ProblemException where the range is empty */
export function outcomeFilter(
  { from, to, portfolio_id }: OutcomeRangeParameters,
  nowMs: number,
): OutcomeFilter & { readonly from: string; readonly to: string } {
  const end = to ?? new Date(nowMs).toISOString();
  const begin = from ?? new Date(Date.parse(end) - RANGE_DEFAULT_MS).toISOString();
  if (Date.parse(begin) >= Date.parse(end)) {
    const errors = [{ pointer: '/from', message: 'must be before to', accepted: 'a time before to' }];
    throw new ProblemException('invalid-request', { detail: describeErrors(errors), errors });
  }
  return { from: begin, to: end, portfolioId: portfolio_id };
}
