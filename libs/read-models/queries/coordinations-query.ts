import type { SqlExecutor } from '#platform';
import { exactTime, wireTime } from './times.js';

/** What a list shows of a coordination. */
export interface CoordinationRecord {
  readonly coordination_id: string;
  /** of its event in the log, a decimal string */
  readonly position: string;
  /** when it was recorded */
  readonly timestamp: string;
  readonly portfolio_id: string;
  readonly config_name: string | null;
  readonly status: 'OPTIMAL' | 'RELAXED' | 'HOLD_ALL';
  /** 0 to 1 */
  readonly coordination_quality: number;
  readonly decisions: number;
  readonly signals_processed: number;
  readonly signals_rejected: number;
  /** traded, a fraction of the portfolio's value */
  readonly turnover: number;
  readonly expected_cost_bps: number;
}

export interface CoordinationFilter {
  readonly portfolioId?: string | undefined;
  readonly status?: CoordinationRecord['status'] | undefined;
}

const COLUMNS = `coordination_id, position::text AS position, ${exactTime('"timestamp"')} AS "timestamp", portfolio_id,
  config_name, status, summary.coordination_quality, summary.decisions_generated AS decisions,
  summary.total_signals_processed AS signals_processed, summary.signals_rejected, summary.turnover,
  summary.expected_cost_bps`;

/** One pass over each document, whatever its size. */
const SUMMARISED = `coordinations CROSS JOIN LATERAL json_to_record(document -> 'coordination_summary') AS summary (
  coordination_quality float8, decisions_generated float8, total_signals_processed float8, signals_rejected float8,
  turnover float8, expected_cost_bps float8)`;

const toRecord = (row: CoordinationRecord): CoordinationRecord => ({ ...row, timestamp: wireTime(row.timestamp) });

/** Newest first, those before a position. */
export async function queryCoordinations(
  database: SqlExecutor,
  { portfolioId, status }: CoordinationFilter,
  limit: number,
  before: bigint | null,
): Promise<readonly CoordinationRecord[]> {
  const parameters: string[] = [];
  const bind = (value: string): string => `$${parameters.push(value)}`;
  const conditions = ['true'];
  if (portfolioId !== undefined) conditions.push(`portfolio_id = ${bind(portfolioId)}`);
  if (status !== undefined) conditions.push(`status = ${bind(status)}`);
  if (before !== null) conditions.push(`position < ${bind(before.toString())}::bigint`);
  const rows = await database.query<CoordinationRecord>(
    `SELECT ${COLUMNS} FROM ${SUMMARISED} WHERE ${conditions.join(' AND ')}
     ORDER BY coordinations.position DESC LIMIT ${limit}`,
    parameters,
  );
  return rows.map(toRecord);
}

/** In the order of the log: those after one position and up to another, which is to be no further than the checkpoint. */
export async function queryCoordinationsBetween(
  database: SqlExecutor,
  after: bigint,
  upTo: bigint,
  limit: number,
): Promise<readonly CoordinationRecord[]> {
  const rows = await database.query<CoordinationRecord>(
    `SELECT ${COLUMNS} FROM ${SUMMARISED} WHERE position > $1::bigint AND position <= $2::bigint
     ORDER BY coordinations.position LIMIT ${limit}`,
    [after.toString(), upTo.toString()],
  );
  return rows.map(toRecord);
}
