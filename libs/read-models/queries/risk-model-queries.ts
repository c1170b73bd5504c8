import type { RiskModelReport } from '#domain';
import type { SqlExecutor } from '#platform';
import { exactTime, wireTime } from './times.js';

/** A published risk model, without its content. */
export interface RiskModelRecord {
  readonly version: number;
  readonly model_id: string;
  readonly as_of: string;
  readonly regime: string;
  readonly instruments: number;
  readonly published_at: string;
  /** absent where the model came from elsewhere */
  readonly report?: RiskModelReport;
}

/** Newest first. */
export async function queryRiskModels(database: SqlExecutor, limit: number): Promise<readonly RiskModelRecord[]> {
  const rows = await database.query<Omit<RiskModelRecord, 'report'> & { report: RiskModelReport | null }>(
    `SELECT version, model_id, as_of, regime, instruments, ${exactTime('"timestamp"')} AS published_at, report
     FROM risk_models ORDER BY version DESC LIMIT $1`,
    [limit],
  );
  return rows.map(({ report, published_at, ...row }) => ({
    ...row,
    published_at: wireTime(published_at),
    ...(report === null ? {} : { report }),
  }));
}
