import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { OutcomeFilter, SourceRow } from '#read-models';
import { QUERY_ADAPTERS, type QueryAdapters } from '../query-adapters.js';
import { type Accuracy, accuracyByKey } from './accuracy-report.js';

/** A source's scorecard. */
export interface SourceCard extends SourceRow, Pick<Accuracy, 'hit_rate' | 'information_coefficient'> {
  /** what its parts of the decisions earned; money */
  readonly profit: number;
  /** what is believed of it, 0 to 1; null before anything was learned of it */
  readonly reliability: number | null;
}

export class GetSources extends Query<readonly SourceCard[]> {
  constructor(readonly filter: OutcomeFilter) {
    super();
  }
}

/** of the newest outcomes of a source that its accuracy is taken of, all sources together */
const ROWS_MAX = 500_000;

@QueryHandler(GetSources)
export class GetSourcesHandler implements IQueryHandler<GetSources> {
  constructor(@Inject(QUERY_ADAPTERS) private readonly adapters: QueryAdapters) {}

  async execute({ filter }: GetSources): Promise<readonly SourceCard[]> {
    const outcomes = this.adapters.readModels.outcomes(filter);
    const [sources, scores, profits, champion] = await Promise.all([
      outcomes.sources(),
      outcomes.signalScores('source', ROWS_MAX),
      outcomes.profits('source'),
      this.adapters.readModels.champion(),
    ]);
    const accuracy = new Map(accuracyByKey(scores).map((each) => [each.key, each]));
    const profit = new Map(profits.map(({ key, total }) => [key, total]));
    const believed = new Map(champion?.reliabilities.map(({ source, reliability }) => [source, reliability]));
    return sources.map((source) => {
      const { hit_rate, information_coefficient } = accuracy.get(source.source) ?? NOTHING;
      return {
        ...source,
        hit_rate,
        information_coefficient,
        profit: profit.get(source.source) ?? 0,
        reliability: believed.get(source.source) ?? null,
      };
    });
  }
}

const NOTHING: Pick<Accuracy, 'hit_rate' | 'information_coefficient'> = {
  hit_rate: { hits: 0, trials: 0, rate: null, low: 0, high: 1 },
  information_coefficient: { pooled: null, daily_mean: null, standard_error: null, days: 0 },
};
