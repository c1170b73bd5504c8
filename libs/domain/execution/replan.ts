import { type CoordinationInput, orderFacts, replanExecution, type TradingCalendar } from '#engine';
import { type CoordinateCommand, engineInputOf } from '../coordination/decide.js';
import { toTimingRecommendation } from '../coordination/from-engine.js';
import type { TimingRecommendation } from '../coordination/response.js';
import type { PortfolioState } from '../coordination/request.js';
import { evolvePortfolio } from '../portfolio/evolve.js';
import { currentPortfolio, NO_PORTFOLIO, type PortfolioAggregate } from '../portfolio/portfolio.js';
import { reject, type Rejection } from '../rejection.js';
import { formatTime, parseTime } from '../time.js';
import type { ExecutionReplanned, ExecutionStarted, ObservedPrice, ReleasedShares, StartedOrder } from './events.js';
import { type Execution, latestAdv, latestPrice, openOrders, openShares, planEnd } from './execution.js';
import type { ReplanTrigger } from './replan-trigger.js';

/** A decided coordination, with the portfolio and the time as they are now. */
export interface ReplanCommand extends CoordinateCommand {
  /** as of which it was decided, RFC 3339 */
  readonly decidedAsOf: string;
  /** the end of the plan as it is, RFC 3339 */
  readonly planEndsAt: string;
  readonly observed: readonly ObservedPrice[];
  readonly remaining: readonly ReleasedShares[];
}

export interface ReplannedOrders {
  readonly plans: readonly {
    readonly decision_id: string;
    readonly quantity: number;
    readonly timing_recommendation: TimingRecommendation;
  }[];
  readonly released: ExecutionReplanned['data']['released'];
}

/** A decided coordination and its orders. */
export interface MeasureCommand extends CoordinateCommand {
  readonly orders: readonly ReleasedShares[];
}

/** What the orders of a decided coordination will be measured by. Pure; what the engine's workers run. */
export function measureOrders(command: MeasureCommand): StartedOrder[] | Rejection {
  const { orders } = command;
  const facts = orderFacts(
    engineInputOf(command),
    orders.map(({ instrument_id }) => instrument_id),
  );
  if ('invalid' in facts) return unvalued(facts.invalid.kind);
  return orders.map((order, i) => {
    const { price, sigma, halfSpread, adv } = facts[i]!;
    const measured = { decision_price: price, volatility: sigma, half_spread: halfSpread };
    return { ...order, ...measured, ...(adv === undefined ? {} : { adv }) };
  });
}

/**
 * Plans what is left under the limits that it was decided with, in the sessions that are left of those it was decided for. Pure;
 * what the engine's workers run.
 *
 * @returns `NO_SESSION_LEFT` where they and the plan are over: what is open expires
 */
export function replanRemaining(command: ReplanCommand): ReplannedOrders | Rejection {
  const input = inputNow(command);
  if (input === null) return reject('NO_SESSION_LEFT', 'The sessions that it was decided for are over.');
  const replan = replanExecution(
    input,
    command.remaining.map(({ decision_id, instrument_id, quantity }) => ({
      decisionId: decision_id,
      instrumentId: instrument_id,
      quantity,
    })),
  );
  if ('invalid' in replan) return unvalued(replan.invalid.kind);
  return {
    plans: replan.plans.map(({ decisionId, quantity, timing }) => ({
      decision_id: decisionId,
      quantity,
      timing_recommendation: toTimingRecommendation(timing),
    })),
    released: replan.released.map(({ decisionId, instrumentId, quantity, reason }) => ({
      decision_id: decisionId,
      instrument_id: instrumentId,
      quantity,
      limit: reason,
    })),
  };
}

const unvalued = (kind: string): Rejection =>
  reject('MISSING_PRICE', `The portfolio cannot be valued as it is now: ${kind}.`);

/** The engine's input of the decision, at the prices and volumes that were told since, and in the sessions that are left. */
function inputNow(command: ReplanCommand): CoordinationInput | null {
  const input = engineInputOf(command);
  const told = new Map(command.observed.map((each) => [each.instrument_id, each]));
  const { requestFacts } = input.market;
  const facts = requestFacts.map((each) => {
    const { price, adv } = told.get(each.instrumentId) ?? {};
    return { ...each, ...(price === undefined ? {} : { price }), ...(adv === undefined ? {} : { adv }) };
  });
  const known = new Set(requestFacts.map(({ instrumentId }) => instrumentId));
  for (const { instrument_id, price, adv } of command.observed) {
    if (!known.has(instrument_id))
      facts.push({ instrumentId: instrument_id, price, ...(adv === undefined ? {} : { adv }) });
  }
  const positions = input.portfolio.positions.map((position) => {
    const now = told.get(position.instrumentId);
    return now === undefined ? position : { ...position, price: now.price };
  });
  const { market, parameters } = engineInputOf({ ...command, asOf: command.decidedAsOf });
  const decidedAt = parseTime(command.decidedAsOf);
  const planEnd = parseTime(command.planEndsAt);
  const calendar = market.calendar ?? plainCalendar(decidedAt, parameters.executionDays, planEnd);
  const left = Math.max(1, Math.ceil(parameters.executionDays)) - closedSince(calendar, decidedAt, input.asOf);
  // what did not fit into them runs on until the plan has ended
  if (left < 1 && input.asOf >= planEnd) return null;
  const executionDays = Math.max(1, left);
  return {
    ...input,
    portfolio: { ...input.portfolio, positions },
    market: { ...input.market, requestFacts: facts, calendar },
    parameters: { ...input.parameters, executionDays },
  };
}

const DAY_MS = 86_400_000;
/** 09:30 to 16:00, as the engine has it where nobody knows the sessions */
const SESSION_MS = 6.5 * 3_600_000;

/** The sessions that the first plan was made for and may have run on into, where nobody knows those of the exchange. */
function plainCalendar(decidedAt: number, executionDays: number, planEnd: number): TradingCalendar {
  const days = Math.max(1, Math.ceil(executionDays), Math.ceil((planEnd - decidedAt) / DAY_MS));
  const sessions = Array.from({ length: days }, (_, day) => {
    const openAt = decidedAt + day * DAY_MS;
    return { openAt, closeAt: openAt + SESSION_MS };
  });
  return { sessions, ordinaryMs: SESSION_MS };
}

const closedSince = ({ sessions }: TradingCalendar, from: number, now: number): number =>
  sessions.filter(({ closeAt }) => closeAt > from && closeAt <= now).length;

/** What an execution is replanned from. @param portfolio as it is now, without the open orders of this execution */
export function replanCommand(
  execution: Execution,
  decided: CoordinateCommand,
  portfolio: PortfolioState,
  at: number,
): ReplanCommand {
  const open = openOrders(execution);
  const observed = open.flatMap(({ instrument_id }): ObservedPrice[] => {
    const price = latestPrice(execution, instrument_id)?.price;
    const adv = latestAdv(execution, instrument_id);
    return price === undefined ? [] : [{ instrument_id, price, ...(adv === null ? {} : { adv }) }];
  });
  const remaining = open.map((order) => ({
    decision_id: order.decision_id,
    instrument_id: order.instrument_id,
    quantity: order.side * openShares(order),
  }));
  return {
    ...decided,
    portfolioState: portfolio,
    asOf: formatTime(at),
    decidedAsOf: decided.asOf,
    planEndsAt: formatTime(planEnd(execution)),
    observed,
    remaining,
  };
}

/** The portfolio of an execution now: the stored one without its orders, or the one of the request with its fills. */
export function portfolioNow(
  execution: Execution,
  decided: CoordinateCommand,
  stored: PortfolioAggregate | null,
): PortfolioState {
  const { coordination_id } = execution;
  if (stored !== null) {
    const others = stored.orders.filter((order) => order.coordination_id !== coordination_id);
    return currentPortfolio({ ...stored, orders: others }) ?? decided.portfolioState;
  }
  const { portfolioState: state } = decided;
  const fills = [...execution.orders.values()].flatMap((order) => order.fills);
  const told = { ...NO_PORTFOLIO, state, orders: state.open_orders ?? [] };
  const { portfolio_id } = state;
  const after = evolvePortfolio(told, { type: 'portfolio_filled', data: { portfolio_id, coordination_id, fills } });
  return currentPortfolio({ ...after, orders: told.orders }) ?? state;
}

/** @param at in the time of the market, epoch milliseconds */
export function executionReplanned(
  execution: Execution,
  { reason, explanation }: ReplanTrigger,
  { plans, released }: ReplannedOrders,
  at: number,
): ExecutionReplanned {
  const planned = plans.map((plan) => {
    const order = execution.orders.get(plan.decision_id)!;
    const price = latestPrice(execution, order.instrument_id)?.price ?? order.facts?.decision_price ?? 0;
    const adv = latestAdv(execution, order.instrument_id) ?? order.facts?.adv;
    const { decision_id, quantity, timing_recommendation } = plan;
    return { decision_id, quantity, price, ...(adv === undefined ? {} : { adv }), timing_recommendation };
  });
  const { coordination_id } = execution;
  return {
    type: 'execution_replanned',
    data: { coordination_id, as_of: formatTime(at), reason, explanation, plans: planned, released },
  };
}

/** The first event of an execution's stream. */
export function executionStarted(
  { coordinationId, portfolioState, storedPortfolioState }: CoordinateCommand,
  orders: readonly StartedOrder[],
): ExecutionStarted {
  const { portfolio_id, currency } = portfolioState;
  return {
    type: 'execution_started',
    data: {
      coordination_id: coordinationId,
      portfolio_id,
      stored_portfolio: storedPortfolioState,
      ...(currency === undefined ? {} : { currency }),
      orders,
    },
  };
}
