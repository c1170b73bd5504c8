import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ProblemException } from '#platform';
import type { OutcomeFilter, OutcomeGroup } from '#read-models';
import { QUERY_ADAPTERS, type QueryAdapters } from '../query-adapters.js';
import { type Accuracy, accuracyByKey, accuracyOf, type SharpeReport, sharpeOf } from './accuracy-report.js';

export interface AccuracyAnswer {
  readonly from: string;
  readonly to: string;
  readonly by: OutcomeGroup;
  readonly signals: readonly Accuracy[];
  /** of a source or a strategy there is no decision of its own: then of all together */
  readonly decisions: readonly Accuracy[];
  readonly all_decisions: Accuracy;
  readonly profit: SharpeReport;
}

export class GetAccuracy extends Query<AccuracyAnswer> {
  constructor(
    readonly filter: OutcomeFilter,
    readonly by: OutcomeGroup,
  ) {
    super();
  }
}

/** outcomes that are looked at in one answer */
const ROWS_MAX = 500_000;

@QueryHandler(GetAccuracy)
export class GetAccuracyHandler implements IQueryHandler<GetAccuracy> {
  constructor(@Inject(QUERY_ADAPTERS) private readonly adapters: QueryAdapters) {}

  async execute({ filter, by }: GetAccuracy): Promise<AccuracyAnswer> {
    const outcomes = this.adapters.readModels.outcomes(filter);
    const ofDecisions = by === 'source' || by === 'strategy' ? null : by;
    const [signals, decisions, days] = await Promise.all([
      outcomes.signalScores(by, ROWS_MAX + 1),
      outcomes.decisionScores(ofDecisions, ROWS_MAX + 1),
      outcomes.profitDays(),
    ]);
    if (Math.max(signals.length, decisions.length) > ROWS_MAX) throw tooMany();
    const groups = accuracyByKey(signals);
    return {
      from: filter.from,
      to: filter.to,
      by,
      signals: groups,
      decisions: ofDecisions === null ? [] : accuracyByKey(decisions),
      all_decisions: accuracyOf(null, decisions),
      profit: sharpeOf(days, groups.length),
    };
  }
}

function tooMany(): ProblemException {
  const message = `gives more than ${ROWS_MAX} outcomes`;
  const errors = [{ pointer: '/from', message, accepted: 'a shorter range, or one portfolio' }];
  return new ProblemException('invalid-request', { detail: `/from ${message}.`, errors });
}
