import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { LimitCostRow, OutcomeFilter, OutcomeGroup, ProfitDay, ProfitRow } from '#read-models';
import { QUERY_ADAPTERS, type QueryAdapters } from '../query-adapters.js';

/** Money. */
export interface AttributionAnswer {
  readonly from: string;
  readonly to: string;
  readonly by: OutcomeGroup;
  /** what the decisions of the range earned: the sum of the groups, and of the days */
  readonly profit: Omit<ProfitRow, 'key'>;
  readonly groups: readonly ProfitRow[];
  readonly limits: readonly LimitCostRow[];
  readonly days: readonly ProfitDay[];
}

export class GetAttribution extends Query<AttributionAnswer> {
  constructor(
    readonly filter: OutcomeFilter,
    readonly by: OutcomeGroup,
  ) {
    super();
  }
}

@QueryHandler(GetAttribution)
export class GetAttributionHandler implements IQueryHandler<GetAttribution> {
  constructor(@Inject(QUERY_ADAPTERS) private readonly adapters: QueryAdapters) {}

  async execute({ filter, by }: GetAttribution): Promise<AttributionAnswer> {
    const outcomes = this.adapters.readModels.outcomes(filter);
    const [groups, limits, days] = await Promise.all([
      outcomes.profits(by),
      outcomes.limitCosts(),
      outcomes.profitDays(),
    ]);
    const sum = (part: 'selection' | 'timing' | 'execution' | 'costs' | 'total'): number =>
      groups.reduce((total, group) => total + group[part], 0);
    return {
      from: filter.from,
      to: filter.to,
      by,
      profit: {
        selection: sum('selection'),
        timing: sum('timing'),
        execution: sum('execution'),
        costs: sum('costs'),
        total: sum('total'),
        decisions: days.reduce((count, day) => count + day.decisions, 0),
      },
      groups,
      limits,
      days,
    };
  }
}
