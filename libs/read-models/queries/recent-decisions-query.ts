import type { SqlExecutor } from '#platform';
import type { DecisionMetadata, RecentDecision } from '#projections';
import { type AtPosition, CHECKPOINT } from '../lanes/lanes.js';
import { exactTime, wireTime } from './times.js';

type StoredColumn = 'coordination_id' | 'instrument_id' | 'action' | 'quantity' | 'confidence' | 'portfolio_impact';

interface StoredDecision extends Pick<RecentDecision, StoredColumn> {
  /** null in the only row of an instrument without decisions */
  readonly decision_id: string | null;
  readonly exact_time: string;
  readonly coordination_metadata: DecisionMetadata;
}

/** The latest decisions on each instrument, newest first; empty where there are none. */
export async function queryRecentDecisions(
  database: SqlExecutor,
  instruments: readonly string[],
  limit: number,
): Promise<AtPosition<ReadonlyMap<string, readonly RecentDecision[]>>> {
  const rows = await database.query<StoredDecision & { readonly wanted: string; readonly checkpoint: string | null }>(
    `SELECT wanted.instrument_id AS wanted, ${CHECKPOINT} AS checkpoint,
            ${exactTime('recent."timestamp"')} AS exact_time, recent.*
     FROM unnest($1::text[]) WITH ORDINALITY AS wanted(instrument_id, ordinal)
     LEFT JOIN LATERAL (
       SELECT decisions."timestamp", decisions.coordination_id, decision_id, instrument_id, action, quantity,
              confidence, portfolio_impact, coordination_metadata
       FROM coordination_decisions_ts AS decisions
       -- none of a lane that is ahead: a list that held it at the others' position would get it a second time
       JOIN coordinations USING (coordination_id)
       WHERE instrument_id = wanted.instrument_id AND coordinations.position <= ${CHECKPOINT}::bigint
       ORDER BY decisions."timestamp" DESC, decisions.coordination_id DESC, decision_id
       LIMIT $2::integer
     ) AS recent ON true
     ORDER BY wanted.ordinal, recent."timestamp" DESC, recent.coordination_id DESC, recent.decision_id`,
    [instruments, limit],
  );
  const lists = new Map(instruments.map((instrument): [string, RecentDecision[]] => [instrument, []]));
  for (const row of rows)
    if (row.decision_id !== null) lists.get(row.wanted)?.push(toRecentDecision(row, row.decision_id));
  return { value: lists, position: BigInt(rows[0]?.checkpoint ?? 0) };
}

function toRecentDecision(row: StoredDecision, decision_id: string): RecentDecision {
  const { priority, coordination_reasoning, risk_assessment, timing_recommendation, lots } = row.coordination_metadata;
  return {
    coordination_id: row.coordination_id,
    timestamp: wireTime(row.exact_time),
    decision_id,
    instrument_id: row.instrument_id,
    action: row.action,
    quantity: row.quantity,
    priority,
    confidence: row.confidence,
    coordination_reasoning,
    portfolio_impact: row.portfolio_impact,
    risk_assessment,
    timing_recommendation,
    ...(lots === undefined ? {} : { lots }),
  };
}
