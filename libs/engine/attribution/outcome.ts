import type { Action } from '../input.js';
import type { Prices, Quote } from './prices.js';

/** What was said or decided of an instrument, with what it was expected to earn. */
export interface Forecast {
  readonly instrumentId: string;
  readonly action: Action;
  /** epoch milliseconds */
  readonly at: number;
  /** trading days, > 0; a fraction counts as a whole day */
  readonly horizonDays: number;
  /** signed return that was expected over the horizon; absent where nothing was */
  readonly expectedReturn?: number;
}

/** A decision that traded. Quantities are unsigned shares; the action tells the direction. */
export interface DecisionRecord extends Forecast {
  readonly quantity: number;
  /** at which it was decided, as quoted then (unadjusted) */
  readonly price: number;
  /** paid in money: spread, fee, impact and tax; expected ones where there are no fills */
  readonly costs: number;
}

/** A signal that was refused, with what would have been traded without the limit (counterfactual or the optimum solved without it). */
export interface RefusalRecord extends Forecast {
  /** the reason for the refusal */
  readonly code: string;
  readonly wouldTrade: { readonly quantity: number; readonly price: number; readonly costs: number };
}

/** The realised part of a forecast. Returns are simple, over the horizon, not annualised. */
export interface Outcome {
  readonly status: 'MEASURED';
  /** closes of these two, epoch milliseconds */
  readonly entryAt: number;
  readonly exitAt: number;
  readonly entryPrice: number;
  readonly exitPrice: number;
  readonly realisedReturn: number;
  /** of the benchmark over the same days; 0 without one */
  readonly benchmarkReturn: number;
  /** realised return above the benchmark's */
  readonly realisedAlpha: number;
  /** realised alpha less the expected return; null where nothing was expected */
  readonly alphaError: number | null;
  /** whether the alpha went the direction's way (0 did not); null for a HOLD */
  readonly hit: boolean | null;
  /** trading days that the closes were later than asked for, because the instrument did not trade */
  readonly lateDays: number;
}

export interface DecisionOutcome extends Outcome {
  /** money: signed quantity times price change, less costs */
  readonly profit: number;
}

export interface RefusalOutcome extends Outcome {
  readonly code: string;
  /** money that the limit cost: the profit that the refused trade would have made after costs; negative where the limit saved money */
  readonly cost: number;
}

export type Unmeasured =
  /** the horizon has not passed in the data, or a close may still come */
  | { readonly status: 'PENDING' }
  | { readonly status: 'UNMEASURABLE'; readonly reason: 'UNKNOWN_INSTRUMENT' | 'NO_ENTRY_PRICE' | 'NO_EXIT_PRICE' };

const PENDING: Unmeasured = { status: 'PENDING' };

/**
 * What came of a signal (model, section 9): from the first close at or after it to the close `horizonDays` trading days later. A pure function of the
 * data: where a late or revised close changes it, it is measured again and compared (`outcomeChanged`).
 *
 * @param benchmark instrument of the table whose return is taken off; a benchmark without those closes takes nothing off
 */
export function measureSignal(prices: Prices, forecast: Forecast, benchmark?: string): Outcome | Unmeasured {
  const column = prices.columnOf(forecast.instrumentId);
  if (column === undefined) return { status: 'UNMEASURABLE', reason: 'UNKNOWN_INSTRUMENT' };
  const day = prices.dayAtOrAfter(forecast.at);
  const entry = prices.quote(day, column);
  if (entry === 'LATE') return PENDING;
  if (entry === 'MISSING') return { status: 'UNMEASURABLE', reason: 'NO_ENTRY_PRICE' };
  const horizon = Math.max(1, Math.ceil(forecast.horizonDays));
  const exit = prices.quote(entry.day + horizon, column);
  if (exit === 'LATE') return PENDING;
  if (exit === 'MISSING') return { status: 'UNMEASURABLE', reason: 'NO_EXIT_PRICE' };
  const late = entry.day - day + (exit.day - entry.day - horizon);
  return outcomeOf(prices, forecast, entry, exit, late, benchmark);
}

function outcomeOf(
  prices: Prices,
  forecast: Forecast,
  entry: Quote,
  exit: Quote,
  lateDays: number,
  benchmark: string | undefined,
): Outcome {
  const realisedReturn = exit.price / entry.price - 1;
  const benchmarkReturn = benchmark === undefined ? 0 : returnBetween(prices, benchmark, entry.day, exit.day);
  const realisedAlpha = realisedReturn - benchmarkReturn;
  const direction = directionOf(forecast.action);
  return {
    status: 'MEASURED',
    entryAt: prices.table.closeAt[entry.day]!,
    exitAt: prices.table.closeAt[exit.day]!,
    entryPrice: entry.price,
    exitPrice: exit.price,
    realisedReturn,
    benchmarkReturn,
    realisedAlpha,
    alphaError: forecast.expectedReturn === undefined ? null : realisedAlpha - forecast.expectedReturn,
    hit: direction === 0 ? null : direction * realisedAlpha > 0,
    lateDays,
  };
}

/** Profit of a decision: its notional at the price of the decision times the adjusted return, less costs. */
export function measureDecision(
  prices: Prices,
  decision: DecisionRecord,
  benchmark?: string,
): DecisionOutcome | Unmeasured {
  const outcome = measureSignal(prices, decision, benchmark);
  if (outcome.status !== 'MEASURED') return outcome;
  const { quantity, price, costs, action } = decision;
  return { ...outcome, profit: profitOf(action, quantity * price, outcome, costs) };
}

/** What the limit that refused a signal cost, at the quantity that would have been traded without it. */
export function measureRefusal(
  prices: Prices,
  refusal: RefusalRecord,
  benchmark?: string,
): RefusalOutcome | Unmeasured {
  const outcome = measureSignal(prices, refusal, benchmark);
  if (outcome.status !== 'MEASURED') return outcome;
  const { quantity, price, costs } = refusal.wouldTrade;
  const cost = quantity === 0 ? 0 : profitOf(refusal.action, quantity * price, outcome, costs);
  return { ...outcome, code: refusal.code, cost };
}

function profitOf(action: Action, notional: number, outcome: Outcome, costs: number): number {
  return directionOf(action) * notional * outcome.realisedReturn - costs;
}

/** +1, -1, and 0 for HOLD */
function directionOf(action: Action): 1 | -1 | 0 {
  return action === 'BUY' ? 1 : action === 'SELL' ? -1 : 0;
}

function returnBetween(prices: Prices, instrumentId: string, from: number, to: number): number {
  const column = prices.columnOf(instrumentId);
  if (column === undefined) return 0;
  const change = prices.close(to, column) / prices.close(from, column) - 1;
  return Number.isNaN(change) ? 0 : change;
}

/**
 * Whether later data tell something else of a forecast than was recorded: then the caller records a correction. An outcome that can no
 * longer be measured (a close was withdrawn) is a change too; one that is not measured yet is none.
 */
export function outcomeChanged<T extends Outcome>(recorded: T, measuredAgain: T | Unmeasured): boolean {
  if (measuredAgain.status === 'PENDING') return false;
  if (measuredAgain.status === 'UNMEASURABLE') return true;
  return (Object.keys(recorded) as (keyof T)[]).some((field) => !Object.is(recorded[field], measuredAgain[field]));
}
