import type { Evidence } from '../explain/index.js';
import type { RebalanceRequest } from '../input.js';
import { sum } from '../numerics/index.js';
import { LIMIT_TOLERANCE } from '../optimisation/limits.js';
import type { CostBps, RebalanceReport } from '../result.js';
import { bestTime } from './best-time.js';
import { type Withdrawal, withdrawals } from './cash-flows.js';
import { noTradeBand } from './no-trade-band.js';
import { whyLeft } from './why-left.js';

/**
 * What each rebalance request got of this coordination and what it cost, in the order of the requests. Tracking error is that
 * of the weights against the request's own targets; costs and taxes are those of the trades toward them, also where a signal
 * asked for the same trade.
 *
 * @param costs of each instrument's trade, basis points of NAV
 */
export function rebalanceAccounts(evidence: Evidence, costs: readonly CostBps[]): RebalanceReport[] {
  const { input, universe } = evidence.mandate;
  const paid = withdrawals(input, universe);
  return input.rebalanceRequests.map((request) => accountOf(evidence, request, costs, paid));
}

function accountOf(
  evidence: Evidence,
  request: RebalanceRequest,
  costs: readonly CostBps[],
  paid: readonly Withdrawal[],
): RebalanceReport {
  const { mandate, choice } = evidence;
  const { w0 } = mandate.universe;
  const { gaps, unpriced } = gapsOf(evidence, request);
  const [before, after] = [trackingError(evidence, request, w0), trackingError(evidence, request, choice.weights)];
  const toward = gaps.filter(({ instrument: i, side }) => side * choice.trades[i]! > 0);
  const cash = cashOf(evidence, request, paid);
  const left = gaps.flatMap(({ instrument: i, target, side, tolerance, owner }) => {
    const missing = target - choice.weights[i]!;
    if (side === 0 || side * missing <= tolerance + LIMIT_TOLERANCE) return [];
    const why = owner === request.rebalanceId ? whyLeft(evidence, i, side) : `request:${owner}`;
    return [{ instrument: i, instrumentId: mandate.universe.ids[i]!, side, weightLeft: missing, why }];
  });
  const distance = sum(gaps.map(({ gap }) => gap)) + cash.needed;
  const covered = sum(gaps.map((each) => coveredOf(evidence, each))) + cash.raised;
  const share = distance > LIMIT_TOLERANCE ? Math.min(1, covered / distance) : 1;
  const awaited =
    request.cashFlow !== undefined && request.cashFlow.amount > 0 && request.cashFlow.at > mandate.input.asOf;
  const nothingLeft = left.length === 0 && unpriced.length === 0;
  // a deposit that has not come yet has done nothing
  const done = awaited && gaps.length === 0 ? 0 : nothingLeft && cash.missing <= LIMIT_TOLERANCE ? 1 : share;
  return {
    rebalanceId: request.rebalanceId,
    status: statusOf(evidence, request, nothingLeft, done),
    trackingErrorBefore: before,
    trackingErrorAfter: after,
    trackingErrorRemoved: before - after,
    costBps: sum(toward.map(({ instrument: i }) => costs[i]!.spread + costs[i]!.fee + costs[i]!.impact)),
    taxBps: sum(toward.map(({ instrument: i }) => costs[i]!.tax)),
    done,
    left: [
      ...left.map(({ instrumentId, weightLeft, why }) => ({ instrumentId, weightLeft, why })),
      ...unpriced.map(({ instrumentId, targetWeight }) => ({
        instrumentId,
        weightLeft: targetWeight,
        why: 'no_price',
      })),
    ],
    ...(request.cashFlow === undefined ? {} : { cashLeft: cash.missing }),
    noTradeBand: gaps.flatMap(({ instrument: i, owner }) => {
      const band = owner === request.rebalanceId ? noTradeBand(evidence, i) : null;
      return band === null ? [] : [{ instrumentId: mandate.universe.ids[i]!, ...band }];
    }),
    ...(left.length === 0 ? {} : { bestTime: bestTime(evidence, left, request.deadline) }),
  };
}

/** One target of a request. */
interface Gap {
  readonly instrument: number;
  readonly target: number;
  readonly tolerance: number;
  /** where the weight before has to move; 0 within the tolerance */
  readonly side: 1 | -1 | 0;
  /** distance from the weight before to the target, 0 within the tolerance */
  readonly gap: number;
  /** whose target of this instrument counts */
  readonly owner: string;
}

function gapsOf({ mandate }: Evidence, request: RebalanceRequest) {
  const { universe, targets } = mandate;
  const unpriced: RebalanceRequest['targets'][number][] = [];
  const gaps: Gap[] = [];
  for (const asked of request.targets) {
    const i = universe.index.get(asked.instrumentId);
    const counts = i === undefined ? null : targets[i]!;
    if (i === undefined || counts === null) {
      unpriced.push(asked);
      continue;
    }
    const tolerance = Math.max(request.tolerance ?? 0, (universe.lotSize[i]! * universe.price[i]!) / universe.nav / 2);
    const off = asked.targetWeight - universe.w0[i]!;
    const isOff = Math.abs(off) > tolerance;
    const side = isOff ? (off > 0 ? 1 : -1) : 0;
    const gap = isOff ? Math.abs(off) : 0;
    gaps.push({ instrument: i, target: asked.targetWeight, tolerance, side, gap, owner: counts.rebalanceId });
  }
  return { gaps, unpriced };
}

/** How much of the distance was traded; beyond the target nothing more counts. */
function coveredOf({ mandate, choice }: Evidence, { instrument: i, gap, side }: Gap): number {
  return Math.min(gap, Math.max(0, side * (choice.weights[i]! - mandate.universe.w0[i]!)));
}

/** Volatility of one day of the weights against the targets; instruments that the request does not name have no part in it. */
function trackingError({ mandate }: Evidence, request: RebalanceRequest, weights: ArrayLike<number>): number {
  const { universe } = mandate;
  const { k, loadings, specific } = universe.risk;
  const exposures = new Float64Array(k);
  let variance = 0;
  for (const { instrumentId, targetWeight } of request.targets) {
    const i = universe.index.get(instrumentId);
    if (i === undefined) continue;
    const off = weights[i]! - targetWeight;
    variance += specific[i]! * off * off;
    for (let j = 0; j < k; j += 1) exposures[j]! += loadings[i * k + j]! * off;
  }
  for (const y of exposures) variance += y * y;
  return Math.sqrt(variance);
}

/** What a withdrawal needed beyond the cash there was, what was raised of it, and what is missing; fractions of NAV. */
function cashOf({ mandate, choice }: Evidence, { rebalanceId }: RebalanceRequest, paid: readonly Withdrawal[]) {
  const own = paid.findIndex((withdrawal) => withdrawal.rebalanceId === rebalanceId);
  if (own < 0) return { needed: 0, raised: 0, missing: 0 };
  const after = choice.check.limits.find(({ name }) => name === 'cash')!.value;
  const before = paid.slice(0, own).reduce((total, { amount }) => total + amount, 0);
  const { amount, covered } = paid[own]!;
  const free = Math.max(0, 1 - mandate.parameters.cashBuffer - after - before);
  const missing = Math.max(0, amount - free);
  return { needed: amount - covered, raised: Math.max(0, amount - covered - missing), missing };
}

/** A request with a cash flow ends when Portfolio Management has told a state that has it: until then its cash is kept. */
function statusOf(
  { mandate }: Evidence,
  { deadline, cashFlow }: RebalanceRequest,
  nothingLeft: boolean,
  done: number,
): RebalanceReport['status'] {
  if (nothingLeft && cashFlow === undefined) return 'DONE';
  if (deadline !== undefined && deadline < mandate.input.asOf && !nothingLeft) return 'OVERDUE';
  return done > 0 ? 'PARTLY_DONE' : 'QUEUED';
}
