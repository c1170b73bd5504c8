import {
  type CoordinationResponse,
  evolveExecution,
  type Execution,
  type ExecutionEvent,
  plannedExecution,
  type RecordedFill,
  type StartedOrder,
} from '#domain';
import type { SqlExecutor } from '#platform';
import type { ExecutionFillRow } from '#projections';
import { exactTime, wireTime } from './times.js';

interface PlanRow {
  readonly document: CoordinationResponse;
  readonly decided_at: string;
  /** null, with the rest, where nothing has happened to the plan */
  readonly portfolio_id: string | null;
  readonly stored_portfolio: boolean;
  readonly currency: string | null;
  readonly orders: readonly StartedOrder[];
  readonly fills: readonly FillRow[] | null;
  readonly changes: readonly Change[] | null;
}

type FillRow = ExecutionFillRow;
type Change = { readonly version: number } & ExecutionEvent;

/** In one statement, so that all of it is of one moment. */
const SQL = `
  SELECT c.document, ${exactTime('c."timestamp"')} AS decided_at,
         e.portfolio_id, e.stored_portfolio, e.currency, e.orders,
         (SELECT json_agg(f ORDER BY f.version, f.ordinal) FROM execution_fills f
          WHERE f.coordination_id = c.coordination_id) AS fills,
         (SELECT json_agg(h ORDER BY h.version) FROM execution_changes h
          WHERE h.coordination_id = c.coordination_id) AS changes
  FROM coordinations c LEFT JOIN executions e USING (coordination_id) WHERE coordination_id = $1`;

/** The plan that was decided with everything that happened to it since, as far as it is folded; null where the coordination is not known. */
export async function queryExecution(database: SqlExecutor, coordinationId: string): Promise<Execution | null> {
  const [row] = await database.query<PlanRow>(SQL, [coordinationId]);
  if (row === undefined) return null;
  const { as_of, decisions } = row.document;
  const decided_at = wireTime(row.decided_at);
  const planned = plannedExecution({ coordination_id: coordinationId, as_of, decisions, decided_at });
  if (row.portfolio_id === null) return planned;
  const events = [...fillEvents(coordinationId, row.fills ?? []), ...(row.changes ?? [])];
  events.sort((a, b) => a.version - b.version);
  return [startedEvent(coordinationId, row.portfolio_id, row), ...events].reduce(evolveExecution, planned);
}

function startedEvent(coordination_id: string, portfolio_id: string, plan: PlanRow): ExecutionEvent {
  const { stored_portfolio, currency, orders } = plan;
  return {
    type: 'execution_started',
    data: { coordination_id, portfolio_id, stored_portfolio, ...(currency === null ? {} : { currency }), orders },
  };
}

/** The fills that were recorded together. */
function fillEvents(coordination_id: string, rows: readonly FillRow[]): Change[] {
  const byVersion = new Map<number, RecordedFill[]>();
  for (const row of rows) {
    const fills = byVersion.get(row.version) ?? [];
    fills.push(recordedFill(row));
    byVersion.set(row.version, fills);
  }
  return [...byVersion].map(([version, fills]) => ({
    version,
    type: 'fills_recorded',
    data: { coordination_id, fills },
  }));
}

function recordedFill(row: FillRow): RecordedFill {
  const { fill_id, decision_id, instrument_id, quantity, price, costs, currency, venue, filled_at } = row;
  return {
    fill_id,
    decision_id,
    instrument_id,
    quantity,
    price,
    ...(costs === null ? {} : { costs }),
    ...(currency === null ? {} : { currency }),
    ...(venue === null ? {} : { venue }),
    filled_at,
  };
}
