import { parseTime } from '../time.js';
import type { ReplanReason } from './events.js';
import { type Execution, latestAdv, latestPrice, openOrders, type Order } from './execution.js';

/** Why what is left should be planned again. */
export interface ReplanTrigger {
  readonly reason: ReplanReason;
  /** the numbers, as a sentence */
  readonly explanation: string;
}

/** Reports of a slice may come in for as long after its end. */
const REPORTING_MS = 60_000;
/** of a slice: less of it missing is left to the next one */
const MISSING_MAX = 0.1;
/** of the volume that was planned with: less than this is too little for the plan */
const VOLUME_MIN = 0.75;

/**
 * The first reason that applies: a price more than one daily volatility from where it was planned at, a volume of less than three
 * quarters of what was planned with, or a slice that has ended with more than a tenth of it missing.
 *
 * @param at in the time of the market, epoch milliseconds
 */
export function replanTrigger(execution: Execution, at: number): ReplanTrigger | null {
  const open = openOrders(execution);
  const reasons = [
    ...open.map((order) => priceMove(execution, order)),
    ...open.map((order) => volumeShortfall(execution, order)),
    ...open.map((order) => missedSlices(order, at)),
  ];
  return reasons.find((reason) => reason !== null) ?? null;
}

function priceMove(execution: Execution, { facts, plan, instrument_id }: Order): ReplanTrigger | null {
  const latest = latestPrice(execution, instrument_id);
  if (latest === null || facts === null || plan.price === null) return null;
  const move = latest.price / plan.price - 1;
  if (Math.abs(move) <= facts.volatility) return null;
  const where = move > 0 ? 'above' : 'below';
  return {
    reason: 'PRICE_MOVE',
    explanation: `${instrument_id} at ${latest.price} is ${percent(Math.abs(move))} ${where} the ${plan.price} it was planned at, more than one daily volatility (${percent(facts.volatility)}).`,
  };
}

function volumeShortfall(execution: Execution, { plan, instrument_id }: Order): ReplanTrigger | null {
  const adv = latestAdv(execution, instrument_id);
  if (adv === null || plan.adv === null || adv >= VOLUME_MIN * plan.adv) return null;
  return {
    reason: 'VOLUME_SHORTFALL',
    explanation: `${instrument_id} is expected to trade ${adv} shares a day, ${percent(adv / plan.adv)} of the ${plan.adv} it was planned with.`,
  };
}

function missedSlices({ plan, filled, instrument_id }: Order, at: number): ReplanTrigger | null {
  const { slices } = plan.timing;
  const next = slices.findIndex(({ end_at }) => parseTime(end_at) + REPORTING_MS > at);
  const ended = next < 0 ? slices : slices.slice(0, next);
  const last = ended.at(-1);
  if (last === undefined) return null;
  const due = ended.reduce((sum, { quantity }) => sum + quantity, 0);
  const done = filled - plan.filledBefore;
  const allowed = ended.length === slices.length ? 0 : MISSING_MAX * last.quantity;
  if (due - done <= allowed) return null;
  return {
    reason: 'PARTIAL_FILL',
    explanation: `By ${last.end_at} ${due} shares of ${instrument_id} were due, and ${done} are filled.`,
  };
}

/** to a hundredth of a percent */
const percent = (fraction: number): string => `${Math.round(fraction * 1e4) / 100} %`;
