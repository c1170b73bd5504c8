import type { TradingAction } from '#domain';
import type { SqlExecutor } from '#platform';
import type { DecisionMetadata } from '#projections';
import type { CoordinatedTradingDecision } from '#domain';
import { exactTime, wireTime } from './times.js';

/** Every given condition must hold. Times are RFC 3339; `from` is included, `to` is not. */
export interface DecisionFilter {
  readonly instrument_id?: string;
  readonly action?: TradingAction;
  /** a source among the accepted signals on the decision's instrument */
  readonly source?: string;
  readonly config_name?: string;
  readonly portfolio_id?: string;
  readonly coordination_id?: string;
  readonly from?: string;
  readonly to?: string;
}

/** The last decision of a page: the next one begins after it. */
export interface DecisionCursor {
  readonly timestamp: string;
  readonly coordination_id: string;
  readonly decision_id: string;
}

export interface DecisionRecord {
  readonly timestamp: string;
  readonly coordination_id: string;
  readonly decision_id: string;
  readonly instrument_id: string;
  readonly action: TradingAction;
  readonly quantity: number;
  readonly priority: number;
  readonly confidence: number;
  readonly portfolio_id: string;
  readonly config_version: string | null;
  readonly sources: readonly string[];
  readonly coordination_reasoning: readonly string[];
  readonly portfolio_impact: CoordinatedTradingDecision['portfolio_impact'];
}

export interface DecisionPage {
  /** newest coordination first; within one, by decision_id */
  readonly decisions: readonly DecisionRecord[];
  /** null on the last page */
  readonly next: DecisionCursor | null;
}

interface StoredDecision {
  readonly exact_time: string;
  readonly coordination_id: string;
  readonly decision_id: string;
  readonly instrument_id: string;
  readonly action: TradingAction;
  readonly quantity: number;
  readonly confidence: number;
  readonly portfolio_impact: CoordinatedTradingDecision['portfolio_impact'];
  readonly coordination_metadata: DecisionMetadata;
}

const NEWEST_FIRST = `"timestamp" DESC, coordination_id DESC, decision_id`;

export async function queryDecisions(
  database: SqlExecutor,
  filter: DecisionFilter,
  limit: number,
  after: DecisionCursor | null,
): Promise<DecisionPage> {
  const { conditions, parameters } = conditionsOf(filter, after);
  const rows = await database.query<StoredDecision>(
    `SELECT ${exactTime('"timestamp"')} AS exact_time, coordination_id, decision_id, instrument_id, action, quantity,
            confidence, portfolio_impact, coordination_metadata
     FROM coordination_decisions_ts
     WHERE ${conditions.join(' AND ')}
     ORDER BY ${NEWEST_FIRST}
     LIMIT ${limit + 1}`,
    parameters,
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { decisions: page.map(toRecord), next: more ? cursorOf(last) : null };
}

function conditionsOf(
  filter: DecisionFilter,
  after: DecisionCursor | null,
): { readonly conditions: readonly string[]; readonly parameters: readonly unknown[] } {
  const parameters: unknown[] = [];
  const bind = (value: unknown): string => `$${parameters.push(value)}`;
  const conditions = ['true'];
  const { instrument_id, action, source, config_name, portfolio_id, coordination_id, from, to } = filter;
  if (instrument_id !== undefined) conditions.push(`instrument_id = ${bind(instrument_id)}`);
  if (action !== undefined) conditions.push(`action = ${bind(action)}`);
  if (source !== undefined) {
    conditions.push(`coordination_metadata -> 'sources' @> ${bind(JSON.stringify([source]))}::jsonb`);
  }
  if (config_name !== undefined) conditions.push(`coordination_metadata ->> 'config_name' = ${bind(config_name)}`);
  if (portfolio_id !== undefined) conditions.push(`coordination_metadata ->> 'portfolio_id' = ${bind(portfolio_id)}`);
  if (coordination_id !== undefined) conditions.push(`coordination_id = ${bind(coordination_id)}`);
  if (from !== undefined) conditions.push(`"timestamp" >= ${bind(from)}::timestamptz`);
  if (to !== undefined) conditions.push(`"timestamp" < ${bind(to)}::timestamptz`);
  if (after !== null) {
    const [time, coordination, decision] = [
      bind(after.timestamp),
      bind(after.coordination_id),
      bind(after.decision_id),
    ];
    // the first condition alone is what lets chunks be skipped
    conditions.push(`"timestamp" <= ${time}::timestamptz`);
    conditions.push(
      `("timestamp" < ${time}::timestamptz OR coordination_id < ${coordination}
        OR (coordination_id = ${coordination} AND decision_id > ${decision}))`,
    );
  }
  return { conditions, parameters };
}

const cursorOf = ({ exact_time, coordination_id, decision_id }: StoredDecision): DecisionCursor => ({
  timestamp: exact_time,
  coordination_id,
  decision_id,
});

function toRecord(row: StoredDecision): DecisionRecord {
  const { priority, portfolio_id, config_version, sources, coordination_reasoning } = row.coordination_metadata;
  return {
    timestamp: wireTime(row.exact_time),
    coordination_id: row.coordination_id,
    decision_id: row.decision_id,
    instrument_id: row.instrument_id,
    action: row.action,
    quantity: row.quantity,
    priority,
    confidence: row.confidence,
    portfolio_id,
    config_version: config_version ?? null,
    sources,
    coordination_reasoning,
    portfolio_impact: row.portfolio_impact,
  };
}
