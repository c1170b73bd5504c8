import { type FieldError, reject, type Rejection } from '../rejection.js';
import { formatTime, parseTime } from '../time.js';
import type { FillsRecorded, RecordedFill } from './events.js';
import { type Execution, findFill, lastFillTime, type Order, releasedShares, withoutDust } from './execution.js';

/** An execution report as the broker's side tells it. */
export interface ReportedFill {
  /** unique within the coordination */
  readonly fill_id: string;
  readonly decision_id: string;
  /** shares, above 0: the direction is that of the decision */
  readonly quantity: number;
  /** money a share */
  readonly price: number;
  readonly filled_at: string;
  readonly costs?: number;
  readonly currency?: string;
  readonly venue?: string;
}

export interface DecidedFills {
  /** none where all were known */
  readonly events: readonly FillsRecorded[];
  /** reported before, and the same: acknowledged, and nothing changes */
  readonly duplicates: readonly string[];
}

/** Clocks of brokers may be ahead by as much. */
const AHEAD_MS = 5_000;
const ERRORS_MAX = 50;

/**
 * All of the fills, or none: each that is not acceptable is named. They are looked at in the order in which they were
 * executed, so that the order in which they are reported makes no difference.
 *
 * @param now epoch milliseconds, of the clock
 */
export function decideFills(
  execution: Execution,
  fills: readonly ReportedFill[],
  now: number,
): DecidedFills | Rejection {
  const errors: FieldError[] = [];
  const duplicates: string[] = [];
  const added = new Map<string, RecordedFill>();
  const filled = new Map<string, number>();
  let currency = currencyOf(execution);
  const window = { from: execution.asOf, end: lastFillTime(execution), now: now + AHEAD_MS };
  for (const { fill, index } of inOrderOfExecution(fills)) {
    const pointer = `/fills/${index}`;
    const order = execution.orders.get(fill.decision_id);
    if (order === undefined) {
      errors.push(unknownDecision(execution, fill.decision_id, `${pointer}/decision_id`));
      continue;
    }
    const recorded = record(fill, order);
    const known = findFill(execution, fill.fill_id) ?? added.get(fill.fill_id);
    if (known !== undefined) {
      if (sameFill(known, recorded)) duplicates.push(fill.fill_id);
      else errors.push(otherContent(fill.fill_id, known, pointer));
      continue;
    }
    const before = filled.get(order.decision_id) ?? order.filled;
    const error =
      timeError(fill, window, pointer) ??
      currencyError(fill, currency, pointer) ??
      quantityError(order, fill, before, pointer);
    if (error !== null) {
      errors.push(error);
      continue;
    }
    currency ??= fill.currency ?? null;
    added.set(fill.fill_id, recorded);
    filled.set(order.decision_id, before + fill.quantity);
  }
  if (errors.length > 0) return rejected(errors);
  // as they were reported
  const news = fills.flatMap(({ fill_id }) => {
    const fill = added.get(fill_id);
    return fill !== undefined && added.delete(fill_id) ? [fill] : [];
  });
  const { coordination_id } = execution;
  const events: FillsRecorded[] =
    news.length === 0 ? [] : [{ type: 'fills_recorded', data: { coordination_id, fills: news } }];
  return { events, duplicates };
}

const rejected = (errors: readonly FieldError[]): Rejection => {
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const [first] = errors;
  return reject('INVALID_FILLS', `${first?.pointer}: ${first?.message}${more}`, errors.slice(0, ERRORS_MAX));
};

function inOrderOfExecution(fills: readonly ReportedFill[]): { fill: ReportedFill; index: number }[] {
  const indexed = fills.map((fill, index) => ({ fill, index, at: parseTime(fill.filled_at) }));
  return indexed.sort((a, b) => a.at - b.at || (a.fill.fill_id < b.fill.fill_id ? -1 : 1) || a.index - b.index);
}

function record(fill: ReportedFill, { side, instrument_id }: Order): RecordedFill {
  const { fill_id, decision_id, quantity, price, costs, currency, venue, filled_at } = fill;
  return {
    fill_id,
    decision_id,
    instrument_id,
    quantity: side * quantity,
    price,
    ...(costs === undefined ? {} : { costs }),
    ...(currency === undefined ? {} : { currency }),
    ...(venue === undefined ? {} : { venue }),
    filled_at,
  };
}

const sameFill = (a: RecordedFill, b: RecordedFill): boolean =>
  a.decision_id === b.decision_id &&
  a.quantity === b.quantity &&
  a.price === b.price &&
  (a.costs ?? 0) === (b.costs ?? 0) &&
  a.currency === b.currency &&
  a.venue === b.venue &&
  parseTime(a.filled_at) === parseTime(b.filled_at);

function otherContent(fillId: string, known: RecordedFill, pointer: string): FieldError {
  const { decision_id, quantity, price, filled_at } = known;
  return {
    pointer: `${pointer}/fill_id`,
    message: `${JSON.stringify(fillId)} was reported with other content: ${Math.abs(quantity)} of ${decision_id} at ${price}, ${filled_at}`,
    accepted: 'the same fill again, or another fill_id',
  };
}

export function unknownDecision(execution: Execution, decisionId: string, pointer: string): FieldError {
  const ids = [...execution.orders.keys()];
  const some = ids.length > 20 ? `${ids.slice(0, 20).join(', ')}, …` : ids.join(', ');
  const accepted = ids.length === 0 ? 'nothing: this coordination trades nothing' : `one of ${some}`;
  const message = execution.holds.has(decisionId)
    ? `${decisionId} is a HOLD: it trades nothing`
    : `names no decision of ${execution.coordination_id}: ${JSON.stringify(decisionId)}`;
  return { pointer, message, accepted };
}

/** When something can have been filled; epoch milliseconds. */
interface FillWindow {
  readonly from: number;
  readonly end: number;
  readonly now: number;
}

function timeError(fill: ReportedFill, { from, end, now }: FillWindow, pointer: string): FieldError | null {
  const at = parseTime(fill.filled_at);
  const until = Math.min(end, now);
  if (at >= from && at <= until) return null;
  const late = at > now ? 'lies in the future' : 'is after the end of the plan, when what was left of it expired';
  const why = at < from ? 'is before the order existed' : late;
  return {
    pointer: `${pointer}/filled_at`,
    message: `${why}: ${fill.filled_at}`,
    accepted: `a time from ${formatTime(from)} to ${formatTime(until)}`,
  };
}

/** Of the portfolio, else of the first fill that names one. */
function currencyOf({ started, orders }: Execution): string | null {
  const stated = started?.currency ?? null;
  if (stated !== null) return stated;
  for (const { fills } of orders.values()) {
    const named = fills.find(({ currency }) => currency !== undefined);
    if (named?.currency !== undefined) return named.currency;
  }
  return null;
}

function currencyError({ currency }: ReportedFill, expected: string | null, pointer: string): FieldError | null {
  if (currency === undefined || expected === null || currency === expected) return null;
  return {
    pointer: `${pointer}/currency`,
    message: `is not the currency of the portfolio: ${JSON.stringify(currency)}`,
    accepted: `${JSON.stringify(expected)}, or none`,
  };
}

/** What was released may have been filled until then; what was decided may not be exceeded at any time. */
function quantityError(order: Order, fill: ReportedFill, filled: number, pointer: string): FieldError | null {
  const last = order.releases.at(-1);
  const late = last !== undefined && parseTime(fill.filled_at) <= Math.max(...order.releases.map(({ at }) => at));
  const most = late || last === undefined ? order.quantity : order.quantity - releasedShares(order);
  const room = withoutDust(Math.max(0, most - filled));
  if (withoutDust(fill.quantity - room) <= 0) return null;
  const { decision_id, quantity } = order;
  if (room > 0 || last === undefined) {
    return {
      pointer: `${pointer}/quantity`,
      message: `is more than is open of ${decision_id}: ${quantity} decided, ${filled} filled, ${fill.quantity} reported`,
      accepted: room > 0 ? `at most ${room}` : 'nothing: the decision is filled',
    };
  }
  const verb = { CANCELLED: 'was cancelled', EXPIRED: 'expired', REPLANNED: 'was released' }[last.reason];
  return {
    pointer: `${pointer}/filled_at`,
    message: `${decision_id} ${verb} at ${formatTime(last.at)} with ${filled} of ${quantity} filled`,
    accepted: `fills executed until ${formatTime(last.at)}`,
  };
}
