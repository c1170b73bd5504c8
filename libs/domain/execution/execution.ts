import type { CoordinatedTradingDecision, TimingRecommendation } from '../coordination/response.js';
import { parseTime } from '../time.js';
import type { ExecutionFinished, ExecutionReplanned, RecordedFill, StartedOrder } from './events.js';

/** The life of a coordination's plan as its stream tells it. */
export interface Execution {
  readonly coordination_id: string;
  /** of its stream; 0 until something happened to the plan */
  readonly version: number;
  /** epoch milliseconds */
  readonly asOf: number;
  /** when the coordination was stored; epoch milliseconds */
  readonly decidedAt: number;
  /** null until something happened to the plan */
  readonly started: Started | null;
  /** by decision, in the order in which they should trade */
  readonly orders: ReadonlyMap<string, Order>;
  /** decisions that trade nothing */
  readonly holds: ReadonlySet<string>;
  /** by instrument, ascending by time */
  readonly observed: ReadonlyMap<string, readonly Observation[]>;
  readonly replans: readonly ExecutionReplanned['data'][];
  readonly finished: ExecutionFinished['data'] | null;
}

interface Started {
  readonly portfolio_id: string;
  readonly stored: boolean;
  readonly currency: string | null;
}

export interface Order {
  readonly decision_id: string;
  readonly instrument_id: string;
  readonly side: 1 | -1;
  /** shares, as decided; positive */
  readonly quantity: number;
  readonly lots: NonNullable<CoordinatedTradingDecision['lots']>;
  /** null until the execution has started */
  readonly facts: Pick<StartedOrder, 'decision_price' | 'volatility' | 'half_spread' | 'adv'> | null;
  readonly plan: OrderPlan;
  /** by the time they were executed, then by id: in whatever order they were reported */
  readonly fills: readonly RecordedFill[];
  /** shares, positive: the sum of the fills */
  readonly filled: number;
  readonly releases: readonly Release[];
}

interface OrderPlan {
  readonly timing: TimingRecommendation;
  /** shares that were filled when it was made */
  readonly filledBefore: number;
  /** what it was made with; null for the first plan of an execution that has not started */
  readonly price: number | null;
  readonly adv: number | null;
}

export interface Release {
  /** shares, positive, as far as was known then */
  readonly quantity: number;
  readonly reason: 'CANCELLED' | 'EXPIRED' | 'REPLANNED';
  /** fills executed until then count against the whole order; epoch milliseconds */
  readonly at: number;
  readonly why: string;
}

export interface Observation {
  readonly at: number;
  readonly price: number;
  readonly adv?: number;
}

/** What is left of sums of fractional shares where nothing is left. */
const DUST = 1e-9;

/** What a coordination planned, before anything happened to it: the initial state of its execution. */
export function plannedExecution(planned: {
  readonly coordination_id: string;
  readonly as_of: string;
  readonly decisions: readonly CoordinatedTradingDecision[];
  /** when the coordination was stored */
  readonly decided_at: string;
}): Execution {
  const traded = planned.decisions.filter(({ action, quantity }) => action !== 'HOLD' && quantity > 0);
  const orders = traded.map((decision): Order => ({
    decision_id: decision.decision_id,
    instrument_id: decision.instrument_id,
    side: decision.action === 'BUY' ? 1 : -1,
    quantity: decision.quantity,
    lots: decision.lots ?? [],
    facts: null,
    plan: { timing: decision.timing_recommendation, filledBefore: 0, price: null, adv: null },
    fills: [],
    filled: 0,
    releases: [],
  }));
  const ids = new Set(traded.map(({ decision_id }) => decision_id));
  return {
    coordination_id: planned.coordination_id,
    version: 0,
    asOf: parseTime(planned.as_of),
    decidedAt: parseTime(planned.decided_at),
    started: null,
    orders: new Map(orders.map((order) => [order.decision_id, order])),
    holds: new Set(planned.decisions.map(({ decision_id }) => decision_id).filter((id) => !ids.has(id))),
    observed: new Map(),
    replans: [],
    finished: null,
  };
}

/** Shares released, less those that had been filled by then after all. */
export function releasedShares({ releases, quantity, filled }: Order): number {
  const told = releases.reduce((sum, release) => sum + release.quantity, 0);
  return withoutDust(Math.max(0, Math.min(told, quantity - filled)));
}

/** Shares that are still to be filled. */
export const openShares = (order: Order): number =>
  withoutDust(Math.max(0, order.quantity - order.filled - releasedShares(order)));

export const withoutDust = (shares: number): number => (Math.abs(shares) < DUST ? 0 : shares);

export const openOrders = ({ orders }: Execution): readonly Order[] =>
  [...orders.values()].filter((order) => openShares(order) > 0);

/** The end of the whole plan, in the time of its market; epoch milliseconds. */
export function planEnd({ orders, asOf }: Execution): number {
  let end = asOf;
  for (const order of orders.values()) end = Math.max(end, parseTime(order.plan.timing.end_at));
  return end;
}

/** A coordination decided this much later than the time it was decided for is of another day: a replay, a simulation. */
const HISTORICAL_MS = 60_000;

/** How far the time of the plan lies behind that of the clock; 0 for what was decided at its own time. */
export const marketLag = ({ asOf, decidedAt }: Pick<Execution, 'asOf' | 'decidedAt'>): number =>
  decidedAt - asOf > HISTORICAL_MS ? decidedAt - asOf : 0;

/** The last price of an instrument that is known, from what was told and from fills; null where none is. */
export function latestPrice(execution: Execution, instrumentId: string): Observation | null {
  const { observed, orders } = execution;
  let latest: Observation | null = (observed.get(instrumentId) ?? []).at(-1) ?? null;
  for (const order of orders.values()) {
    const fill = order.instrument_id === instrumentId ? order.fills.at(-1) : undefined;
    if (fill === undefined) continue;
    const at = parseTime(fill.filled_at);
    if (latest === null || at > latest.at) latest = { at, price: fill.price };
  }
  return latest;
}

/** The newest expected volume that was told; null where none was. */
export function latestAdv({ observed }: Execution, instrumentId: string): number | null {
  const told = (observed.get(instrumentId) ?? []).filter(({ adv }) => adv !== undefined);
  return told.at(-1)?.adv ?? null;
}

/** The latest time that is known of in the execution; epoch milliseconds. */
export function latestTime({ asOf, observed, orders }: Execution): number {
  let latest = asOf;
  for (const observations of observed.values()) latest = Math.max(latest, observations.at(-1)?.at ?? latest);
  for (const { fills } of orders.values()) {
    const last = fills.at(-1);
    if (last !== undefined) latest = Math.max(latest, parseTime(last.filled_at));
  }
  return latest;
}

/** Lists of fills never change: each is looked through once. */
const byId = new WeakMap<readonly RecordedFill[], ReadonlyMap<string, RecordedFill>>();

export function findFill({ orders }: Execution, fillId: string): RecordedFill | undefined {
  for (const { fills } of orders.values()) {
    let index = byId.get(fills);
    if (index === undefined) byId.set(fills, (index = new Map(fills.map((fill) => [fill.fill_id, fill]))));
    const found = index.get(fillId);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Fills in the minutes after the end of the plan are of orders that were in the market then. */
const GRACE_MS = 5 * 60_000;

/** After this, in the time of its market, nothing of the execution can have been filled; epoch milliseconds. */
export const lastFillTime = (execution: Execution): number => planEnd(execution) + GRACE_MS;

/** When what is open expires, by the clock: the plan lasts as long as it is long, from when it was decided. Epoch milliseconds. */
export const expiresAt = (execution: Execution): number => lastFillTime(execution) + marketLag(execution);
