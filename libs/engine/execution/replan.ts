import type { CoordinationInput } from '../input.js';
import { dropLosses } from '../lots/index.js';
import { mandateOf } from '../optimisation/index.js';
import type { TimingRecommendation } from '../result.js';
import { buildUniverse, type UniverseResult } from '../risk/index.js';
import { synthesise } from '../signals/index.js';
import { type ExecutionPlan, planExecution } from './plan.js';
import { type ReleaseReason, type Trimmed, trimToLimits } from './trim.js';

/** What is left to fill of one decision. */
export interface RemainingOrder {
  readonly decisionId: string;
  readonly instrumentId: string;
  /** signed shares */
  readonly quantity: number;
}

export interface PlannedOrder extends RemainingOrder {
  readonly timing: TimingRecommendation;
}

/** A part of an order that no longer fits under the limits, with the first one that it would break. */
export interface ReleasedOrder extends RemainingOrder {
  readonly reason: ReleaseReason;
}

/** For every order: what is planned of it and what is released add up to what was left. */
export interface Replan {
  /** in the order in which they should trade */
  readonly plans: readonly PlannedOrder[];
  readonly released: readonly ReleasedOrder[];
}

/** A portfolio that cannot be valued any more: a price is missing, or nothing is left. */
export interface InvalidReplan {
  readonly invalid: Exclude<UniverseResult, { kind: 'UNIVERSE' }>;
}

/**
 * Plans again what is left of an execution, on the portfolio, the prices and the time as they are now: orders that no longer fit
 * under the limits are cut, those first that are worth the least by the signals, and the rest are put in order and scheduled over the
 * sessions that are left. Whatever part of them fills, each order after those it depends on, cash is not below the buffer
 * and no limit is broken that the portfolio does not break now. A pure function of its arguments.
 *
 * @param input as for a coordination: positions and cash with the fills so far; `openOrders` those of other executions, without what
 *   `remaining` names; `parameters.executionDays` what is left of them; `market.calendar` the sessions from now on: where they
 *   are over all is released
 * @param remaining at most one order of an instrument; orders of 0 are left out of the answer
 * @throws RangeError where two orders name one instrument
 */
export function replanExecution(
  input: CoordinationInput,
  remaining: readonly RemainingOrder[],
): Replan | InvalidReplan {
  const open = remaining.filter(({ quantity }) => quantity !== 0);
  const built = buildUniverse(
    input,
    open.map(({ instrumentId }) => instrumentId),
  );
  if (built.kind !== 'UNIVERSE') return { invalid: built };
  const { universe } = built;
  const mandate = mandateOf(input, universe, synthesise(input, universe));
  const trades = new Float64Array(universe.n);
  const orderOf = new Map<number, RemainingOrder>();
  for (const each of open) {
    const i = universe.index.get(each.instrumentId)!;
    if (orderOf.has(i)) throw new RangeError(`two remaining orders name ${each.instrumentId}`);
    orderOf.set(i, each);
    trades[i] = each.quantity;
  }
  if (input.market.calendar?.sessions.every(({ closeAt }) => closeAt <= input.asOf) === true) {
    return { plans: [], released: open.map((order) => ({ ...order, reason: 'LIQUIDITY' })) };
  }
  const losses = dropLosses(mandate, trades);
  const released: Trimmed[] = [];
  for (let round = 0; ; round += 1) {
    released.push(...trimToLimits(mandate, trades, losses));
    const plan = planExecution(mandate, trades, losses);
    const cuts = cutsOf(plan, trades, round);
    for (const each of cuts) trades[each.instrument]! -= each.quantity;
    released.push(...cuts);
    // a sale that frees less makes room for less
    if (cuts.length > 0) continue;
    return { plans: plannedOrders(plan, trades, orderOf), released: releasedOrders(released, orderOf) };
  }
}

/** after so many rounds an order that finds no volume goes as a whole */
const ROUNDS_MAX = 5;

/** What has to go for the plan to be kept: orders without volume, and the first one that could not but break a limit on the way. */
function cutsOf({ order, unsafe, plans }: ExecutionPlan, trades: Float64Array, round: number): Trimmed[] {
  const cuts = order
    .filter((i) => plans.get(i)!.unplaced > 0)
    .map((instrument): Trimmed => {
      const whole = trades[instrument]!;
      const unplaced = Math.sign(whole) * plans.get(instrument)!.unplaced;
      return { instrument, quantity: round < ROUNDS_MAX ? unplaced : whole, reason: 'LIQUIDITY' };
    });
  if (cuts.length > 0 || unsafe.length === 0) return cuts;
  const { instrument, limit } = unsafe[0]!;
  return [{ instrument, quantity: trades[instrument]!, reason: releaseReason(limit) }];
}

function releaseReason(limit: string): ReleaseReason {
  if (limit === 'cash') return 'CASH';
  if (limit === 'gross') return 'GROSS';
  return limit === 'risk' ? 'RISK' : 'SECTOR';
}

function plannedOrders(
  { order, plans }: ExecutionPlan,
  trades: Float64Array,
  orderOf: ReadonlyMap<number, RemainingOrder>,
): PlannedOrder[] {
  return order.map((i) => {
    const { unplaced: _none, dependsOn, ...plan } = plans.get(i)!;
    const timing = { ...plan, dependsOn: dependsOn.map((need) => orderOf.get(need)!.decisionId) };
    return { ...orderOf.get(i)!, quantity: trades[i]!, timing };
  });
}

/** One entry for each order and reason. */
function releasedOrders(trimmed: readonly Trimmed[], orderOf: ReadonlyMap<number, RemainingOrder>): ReleasedOrder[] {
  const released = new Map<string, ReleasedOrder>();
  for (const { instrument, quantity, reason } of trimmed) {
    const key = `${reason} ${instrument}`;
    const before = released.get(key)?.quantity ?? 0;
    released.set(key, { ...orderOf.get(instrument)!, quantity: before + quantity, reason });
  }
  return [...released.values()];
}
