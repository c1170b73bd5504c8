import type { RebalanceRequest } from '../coordination/request.js';
import { type FieldError, reject, type Rejection } from '../rejection.js';
import { parseTime } from '../time.js';
import type { RebalanceCancelled, RebalanceRequested } from './events.js';
import type { PortfolioAggregate } from './portfolio.js';

/** Requests that may wait for one portfolio. */
const QUEUED_MAX = 100;
/** sums of weights as people write them */
const ROUNDING = 1e-9;

export interface QueueRebalance {
  readonly portfolioId: string;
  readonly request: RebalanceRequest;
  /** epoch milliseconds */
  readonly now: number;
  /** the instruments of the published market model; absent where none is, so that nobody can tell */
  readonly known?: ReadonlySet<string>;
}

/** Queues a rebalance request of a portfolio; a cash flow without a date is one of now. */
export function queueRebalance(portfolio: PortfolioAggregate, command: QueueRebalance): RebalanceRequested | Rejection {
  const { portfolioId: portfolio_id, request, now } = command;
  if (portfolio.state === null) {
    return reject('UNKNOWN_PORTFOLIO', `No state of the portfolio "${portfolio_id}" is stored.`, [
      {
        pointer: '/portfolio_id',
        message: `names no stored portfolio: "${portfolio_id}"`,
        accepted: 'a portfolio whose state was told',
      },
    ]);
  }
  const errors = [...idErrors(portfolio, request), ...dateErrors(request, now), ...targetErrors(portfolio, command)];
  if (portfolio.rebalances.length >= QUEUED_MAX) {
    const accepted = `a portfolio with fewer than ${QUEUED_MAX} requests waiting`;
    errors.push({ pointer: '/portfolio_id', message: 'has too many rebalance requests waiting', accepted });
  }
  if (errors.length > 0) return reject('INVALID_REQUEST', 'The rebalance request is not acceptable.', errors);
  const flow = request.cash_flow;
  const dated = flow === undefined ? request : { ...request, cash_flow: { at: new Date(now).toISOString(), ...flow } };
  return { type: 'rebalance_requested', data: { portfolio_id, request: dated } };
}

function idErrors(
  { rebalances, closed_rebalances }: PortfolioAggregate,
  { rebalance_id }: RebalanceRequest,
): FieldError[] {
  const taken =
    rebalances.some(({ request }) => request.rebalance_id === rebalance_id) ||
    closed_rebalances.some((each) => each.rebalance_id === rebalance_id);
  if (!taken) return [];
  const accepted = 'an id of its own, or none';
  return [{ pointer: '/rebalance_id', message: `names a request that exists: "${rebalance_id}"`, accepted }];
}

function dateErrors({ deadline, cash_flow }: RebalanceRequest, now: number): FieldError[] {
  const accepted = `a time after ${new Date(now).toISOString()}`;
  const errors: FieldError[] = [];
  if (deadline !== undefined && parseTime(deadline) <= now) {
    errors.push({ pointer: '/deadline', message: `is past: ${deadline}`, accepted });
  }
  if (cash_flow?.at !== undefined && parseTime(cash_flow.at) <= now) {
    errors.push({ pointer: '/cash_flow/at', message: `is past: ${cash_flow.at}`, accepted: `${accepted}, or none` });
  }
  return errors;
}

function targetErrors({ state }: PortfolioAggregate, { request, known }: QueueRebalance): FieldError[] {
  const { targets, cash_flow } = request;
  const total = targets.reduce((sum, { target_weight }) => sum + target_weight, 0);
  const errors: FieldError[] = [];
  if (targets.length === 0 && cash_flow === undefined) {
    const accepted = 'at least one target, or a cash_flow';
    errors.push({ pointer: '/targets', message: 'asks for nothing', accepted });
  }
  if (total > 1 + ROUNDING) {
    errors.push({
      pointer: '/targets',
      message: `add up to ${total}`,
      accepted: 'target weights that add up to at most 1',
    });
  }
  const held = new Set(state?.positions.map(({ instrument_id }) => instrument_id));
  targets.forEach(({ instrument_id }, i) => {
    if (known === undefined || known.has(instrument_id) || held.has(instrument_id)) return;
    const accepted = 'an instrument that is held or in the published market model';
    errors.push({ pointer: `/targets/${i}/instrument_id`, message: `is not known: "${instrument_id}"`, accepted });
  });
  return errors;
}

/** Takes a queued request back; what was done of it stays. */
export function cancelRebalance(
  portfolio: PortfolioAggregate,
  portfolioId: string,
  rebalanceId: string,
): RebalanceCancelled | Rejection {
  if (portfolio.rebalances.some(({ request }) => request.rebalance_id === rebalanceId)) {
    return { type: 'rebalance_cancelled', data: { portfolio_id: portfolioId, rebalance_id: rebalanceId } };
  }
  const closed = portfolio.closed_rebalances.find(({ rebalance_id }) => rebalance_id === rebalanceId);
  if (closed === undefined) {
    return reject('NOT_FOUND', `The portfolio "${portfolioId}" has no rebalance request "${rebalanceId}".`);
  }
  const how = closed.status === 'DONE' ? 'done' : 'cancelled';
  return reject(
    'FINISHED',
    `The rebalance request "${rebalanceId}" is ${how} already: there is nothing left to cancel.`,
  );
}
