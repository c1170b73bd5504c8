import {
  type CarriedOver,
  currentPortfolio,
  evolvePortfolio,
  NO_PORTFOLIO,
  type PortfolioAggregate,
  type PortfolioEvent,
  type PortfolioState,
} from '#domain';
import type { SqlExecutor } from '#platform';
import { type AtPosition, CHECKPOINT } from '../lanes/lanes.js';

interface StateRow {
  readonly state: string;
  readonly position: string;
  readonly checkpoint: string;
  readonly changes: readonly ChangeRow[] | null;
}

interface ChangeRow {
  readonly type: PortfolioEvent['type'];
  readonly position: number;
  readonly data: object;
}

/** In one statement, so that all of it is of one moment. */
const SQL = `
  SELECT s.state::text AS state, s.position::text AS position, ${CHECKPOINT} AS checkpoint,
         (SELECT json_agg(json_build_object('type', c.type, 'position', c.position, 'data', c.data) ORDER BY c.position)
          FROM portfolio_changes c WHERE c.portfolio_id = s.portfolio_id AND c.position >= s.position) AS changes
  FROM portfolio_states s WHERE $1::text IS NULL OR s.portfolio_id = $1 ORDER BY s.position DESC LIMIT 1`;

/**
 * JSON text of the state of one portfolio, or of the one whose state was told last: positions and cash with the fills since, and
 * what is pending. Its position is that up to which everything is folded, or of its own last event where its lane is ahead
 * of the others: an event between the two would have to be newer to change it.
 */
export async function queryPortfolioState(
  database: SqlExecutor,
  portfolioId?: string,
): Promise<AtPosition<string> | null> {
  const [row] = await database.query<StateRow>(SQL, [portfolioId ?? null]);
  if (row === undefined) return null;
  const changes = row.changes ?? [];
  const own = [BigInt(row.position), ...changes.map(({ position }) => BigInt(position))];
  const position = [BigInt(row.checkpoint), ...own].reduce((max, each) => (each > max ? each : max));
  return { value: changes.length === 0 ? row.state : stateAfter(row.state, changes), position };
}

function stateAfter(told: string, changes: readonly ChangeRow[]): string {
  const state = JSON.parse(told) as PortfolioState;
  const stayed = changes.find(({ type }) => type === 'portfolio_state_set');
  const orders = state.open_orders ?? (stayed?.data as Pick<CarriedOver, 'orders'> | undefined)?.orders ?? [];
  const events = changes.filter((each) => each !== stayed) as readonly (ChangeRow & PortfolioEvent)[];
  const start: PortfolioAggregate = { ...NO_PORTFOLIO, state, orders };
  const portfolio = events.reduce(evolvePortfolio, start);
  return JSON.stringify(currentPortfolio(portfolio));
}
