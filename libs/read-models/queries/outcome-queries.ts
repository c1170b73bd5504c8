import type { SqlExecutor } from '#platform';
import { exactTime, wireTime } from './times.js';

/** By what outcomes are grouped, and the column of it. */
export const OUTCOME_GROUPS = {
  source: 'source',
  strategy: 'strategy',
  instrument: 'instrument_id',
  sector: 'sector',
  regime: 'regime',
  mode: 'mode',
  configuration: 'config_name',
} as const;

export type OutcomeGroup = keyof typeof OUTCOME_GROUPS;

/** Of decisions made from one time to another. */
export interface OutcomeFilter {
  /** RFC 3339; included */
  readonly from: string;
  /** RFC 3339; excluded */
  readonly to: string;
  readonly portfolioId?: string | undefined;
  readonly coordinationId?: string | undefined;
}

/** A claim, or an expected return, with what came. Of what has been measured. */
export interface ScoredOutcome {
  /** of the group; null where the row has none */
  readonly key: string | null;
  /** YYYY-MM-DD of the decision */
  readonly day: string;
  readonly score: number;
  readonly realised: number;
  readonly confidence: number;
  readonly horizon_days: number;
  /** null for a HOLD */
  readonly hit: boolean | null;
}

/** Money; the four add up to the total. */
export interface ProfitRow {
  readonly key: string | null;
  readonly selection: number;
  readonly timing: number;
  readonly execution: number;
  readonly costs: number;
  readonly total: number;
  readonly decisions: number;
}

/** What the refusals of one reason would have earned: what that limit cost. Money. */
export interface LimitCostRow {
  readonly reason_code: string;
  readonly refused: number;
  /** of them those of which it is known what would have traded */
  readonly quantified: number;
  readonly cost: number;
  readonly hits: number;
}

export interface ProfitDay {
  readonly day: string;
  readonly decisions: number;
  readonly profit: number;
  readonly costs: number;
  /** profit as a fraction of the net asset value at the decisions */
  readonly return: number;
}

export interface SourceRow {
  readonly source: string;
  readonly signals: number;
  readonly measured: number;
  readonly accepted: number;
  readonly first_signal_at: string;
  readonly last_signal_at: string;
}

const WHERE = `decided_at >= $1::timestamptz AND decided_at < $2::timestamptz
  AND ($3::text IS NULL OR portfolio_id = $3) AND ($4::text IS NULL OR coordination_id = $4)`;

const parametersOf = ({ from, to, portfolioId, coordinationId }: OutcomeFilter): unknown[] => [
  from,
  to,
  portfolioId ?? null,
  coordinationId ?? null,
];

/** Claims of signals with what came, oldest first. @param limit rows at most */
export function querySignalScores(
  database: SqlExecutor,
  filter: OutcomeFilter,
  by: OutcomeGroup,
  limit: number,
): Promise<readonly ScoredOutcome[]> {
  return database.query<ScoredOutcome>(
    `SELECT ${OUTCOME_GROUPS[by]} AS key, ${day()} AS day, claim AS score, realised_alpha AS realised, confidence,
            horizon_days, hit
     FROM signal_outcomes_ts WHERE ${WHERE} AND realised_alpha IS NOT NULL
     ORDER BY decided_at, coordination_id, signal_id LIMIT $5`,
    [...parametersOf(filter), limit],
  );
}

/** Expected returns of decisions with what came, oldest first. */
export function queryDecisionScores(
  database: SqlExecutor,
  filter: OutcomeFilter,
  by: Exclude<OutcomeGroup, 'source' | 'strategy'> | null,
  limit: number,
): Promise<readonly ScoredOutcome[]> {
  return database.query<ScoredOutcome>(
    `SELECT ${by === null ? 'NULL::text' : OUTCOME_GROUPS[by]} AS key, ${day()} AS day, alpha AS score,
            realised_alpha AS realised, confidence, horizon_days, hit
     FROM decision_outcomes_ts WHERE ${WHERE} AND realised_alpha IS NOT NULL
     ORDER BY decided_at, coordination_id, decision_id LIMIT $5`,
    [...parametersOf(filter), limit],
  );
}

/** The largest profit first. */
export function queryProfits(
  database: SqlExecutor,
  filter: OutcomeFilter,
  by: OutcomeGroup,
): Promise<readonly ProfitRow[]> {
  return database.query<ProfitRow>(
    `SELECT ${OUTCOME_GROUPS[by]} AS key, sum(selection) AS selection, sum(timing) AS timing, sum(execution) AS execution,
            sum(costs) AS costs, sum(selection + timing + execution + costs) AS total,
            count(DISTINCT (coordination_id, decision_id))::int AS decisions
     FROM attributed_profits_ts WHERE ${WHERE} GROUP BY 1 ORDER BY total DESC, key`,
    parametersOf(filter),
  );
}

export function queryLimitCosts(database: SqlExecutor, filter: OutcomeFilter): Promise<readonly LimitCostRow[]> {
  return database.query<LimitCostRow>(
    `SELECT reason_code, count(*)::int AS refused, count(*) FILTER (WHERE would_quantity > 0)::int AS quantified,
            coalesce(sum(cost), 0) AS cost, count(*) FILTER (WHERE hit)::int AS hits
     FROM refusal_outcomes_ts WHERE ${WHERE} AND realised_alpha IS NOT NULL GROUP BY 1 ORDER BY cost DESC, 1`,
    parametersOf(filter),
  );
}

/** What the decisions of each day came to, oldest first. */
export function queryProfitDays(database: SqlExecutor, filter: OutcomeFilter): Promise<readonly ProfitDay[]> {
  return database.query<ProfitDay>(
    `SELECT ${day()} AS day, count(*)::int AS decisions, sum(profit) AS profit, sum(costs) AS costs,
            sum(profit / nav) AS return
     FROM decision_outcomes_ts WHERE ${WHERE} AND profit IS NOT NULL GROUP BY 1 ORDER BY 1`,
    parametersOf(filter),
  );
}

/** Every source that has spoken, by name. */
export async function querySources(database: SqlExecutor, filter: OutcomeFilter): Promise<readonly SourceRow[]> {
  const rows = await database.query<SourceRow>(
    `SELECT source, count(*)::int AS signals, count(realised_alpha)::int AS measured,
            count(*) FILTER (WHERE accepted)::int AS accepted,
            ${exactTime('min(decided_at)')} AS first_signal_at, ${exactTime('max(decided_at)')} AS last_signal_at
     FROM signal_outcomes_ts WHERE ${WHERE} GROUP BY 1 ORDER BY 1`,
    parametersOf(filter),
  );
  return rows.map((row) => ({
    ...row,
    first_signal_at: wireTime(row.first_signal_at),
    last_signal_at: wireTime(row.last_signal_at),
  }));
}

/** The outcomes of one coordination as they are known, with the parts of its decisions' profits. JSON of rows. */
export async function queryCoordinationOutcomes(
  database: SqlExecutor,
  coordinationId: string,
): Promise<{
  readonly signals: unknown[];
  readonly decisions: unknown[];
  readonly refusals: unknown[];
  readonly profits: unknown[];
}> {
  const rows = async (table: string, order: string): Promise<unknown[]> => {
    const found = await database.query<{ row: unknown }>(
      `SELECT to_jsonb(t) AS row FROM ${table} t WHERE coordination_id = $1 ORDER BY ${order}`,
      [coordinationId],
    );
    return found.map(({ row }) => row);
  };
  return {
    signals: await rows('signal_outcomes_ts', 'signal_id'),
    decisions: await rows('decision_outcomes_ts', 'decision_id'),
    refusals: await rows('refusal_outcomes_ts', 'signal_id'),
    profits: await rows('attributed_profits_ts', 'decision_id, ordinal'),
  };
}

function day(): string {
  return `to_char(decided_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')`;
}
