import type { RecordedLearnedState, RecordedPromotionTest } from '#domain';
import type { SqlExecutor } from '#platform';
import { exactTime, wireTime } from './times.js';

/** What was learned of sources at a time, and what became of it. */
export interface LearnedStateRecord {
  readonly learned_state_id: string;
  readonly status: 'CHALLENGER' | 'CHAMPION' | 'FORMER';
  readonly proposed_at: string;
  readonly learned_until: string;
  readonly observations: number;
  readonly state: RecordedLearnedState;
  /** the last look at it; null before the first */
  readonly test: RecordedPromotionTest | null;
}

/** Newest first. */
export async function queryLearnedStates(database: SqlExecutor, limit: number): Promise<readonly LearnedStateRecord[]> {
  const rows = await database.query<LearnedStateRecord>(
    `SELECT learned_state_id, status, ${exactTime('proposed_at')} AS proposed_at,
            ${exactTime('learned_until')} AS learned_until, observations, state, test
     FROM learned_states ORDER BY learned_states.proposed_at DESC, learned_state_id LIMIT $1`,
    [limit],
  );
  return rows.map((row) => ({
    ...row,
    proposed_at: wireTime(row.proposed_at),
    learned_until: wireTime(row.learned_until),
  }));
}

/** Null while nothing but the prior is used. */
export async function queryChampion(database: SqlExecutor): Promise<RecordedLearnedState | null> {
  const [row] = await database.query<{ state: RecordedLearnedState }>(
    `SELECT state FROM learned_states WHERE status = 'CHAMPION' LIMIT 1`,
  );
  return row?.state ?? null;
}
