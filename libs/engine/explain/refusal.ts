import type { PortfolioRisk } from '../impact/index.js';
import type { Choice } from '../optimisation/choose-portfolio.js';
import { LIMIT_TOLERANCE } from '../optimisation/limits.js';
import type { Mandate } from '../optimisation/mandate.js';
import type { RejectionCode } from '../result.js';
import type { BreakEven, Marginals } from './break-even.js';
import type { ConfidenceCurve } from './confidence-curve.js';
import type { SignalBook } from './signal-book.js';

/** Why an instrument does not trade in the direction of a signal. */
export interface Refusal {
  readonly code: RejectionCode;
  /** the limit that stands in the way, by its name in the limits of the answer */
  readonly limit?: string;
}

/** What an explanation draws on. */
export interface Evidence {
  readonly mandate: Mandate;
  readonly choice: Choice;
  readonly marginals: Marginals;
  readonly book: SignalBook;
  readonly curve: ConfidenceCurve;
  readonly riskBefore: PortfolioRisk;
  readonly riskAfter: PortfolioRisk;
}

/** A HOLD signal is refused where its instrument trades. */
export function refusalOfHold({ mandate, choice, book }: Evidence, i: number): Refusal | null {
  const side = Math.sign(choice.trades[i]!);
  if (side === 0) return null;
  if (book.names(i, side)) return { code: 'CONFLICTING_SIGNALS' };
  if (towardTarget(mandate, i) === side) return { code: 'OVERRIDDEN_BY_REBALANCE' };
  const forced = forcedBy(mandate, i, -side);
  // a hedge: nothing names this instrument's trade, the signals on others make it worth while
  return forced.limit === undefined ? { code: 'CONFLICTING_SIGNALS' } : forced;
}

/** The refusal of a signal to buy (+1) or sell (-1) instrument i; null where it trades in that direction. */
export function refusalOf(evidence: Evidence, i: number, direction: 1 | -1): Refusal | null {
  const { mandate, choice, book } = evidence;
  const side = Math.sign(choice.trades[i]!);
  if (side === direction) return null;
  const nothingToSell = direction < 0 && mandate.universe.quantity[i]! <= 0 && !mandate.parameters.allowShort;
  if (nothingToSell) return { code: 'NOT_HELD' };
  if (choice.heldBecause !== null) return { code: 'HOLD_ALL' };
  if (side !== 0) {
    if (book.names(i, side)) return { code: 'CONFLICTING_SIGNALS' };
    return towardTarget(mandate, i) === side ? { code: 'OVERRIDDEN_BY_REBALANCE' } : forcedBy(mandate, i, direction);
  }
  return refusalOfNoTrade(evidence, i, direction);
}

function refusalOfNoTrade(evidence: Evidence, i: number, direction: 1 | -1): Refusal {
  const { mandate, marginals, book } = evidence;
  const expected = direction * mandate.alpha[i]!;
  const needed = marginals.breakEven(i, direction);
  if (expected > needed.total) return refusalAtBound(evidence, i, direction, needed);
  if (towardTarget(mandate, i) === -direction) return { code: 'OVERRIDDEN_BY_REBALANCE' };
  const opposed = mandate.weights.signals * book.contributed(i, -direction) * direction;
  if (expected <= 0 || (opposed < 0 && expected - opposed > needed.total)) return { code: 'CONFLICTING_SIGNALS' };
  const own = needed.marginalRisk + needed.rebalance + needed.cost + needed.tax;
  if (expected > own) return dearestLimit(needed);
  if (needed.tax > 0 && expected > own - needed.tax) return { code: 'TAX' };
  return { code: 'COST_EXCEEDS_BENEFIT' };
}

/** The trade pays, but the instrument's own bounds or the size of an order leave no room for it. */
function refusalAtBound(evidence: Evidence, i: number, direction: 1 | -1, needed: BreakEven): Refusal {
  const { mandate, choice } = evidence;
  const { universe, limits, parameters } = mandate;
  const { bounds, solution, barred } = choice;
  const w0 = universe.w0[i]!;
  const room = direction > 0 ? bounds.upper[i]! - w0 : w0 - bounds.lower[i]!;
  const wanted = direction * (solution.w[i]! - w0);
  const least = Math.max(universe.lotSize[i]! * universe.price[i]!, parameters.minTradeNotional) / universe.nav;
  if (barred[i] === 1) return { code: 'CORRELATION', limit: `correlation:${universe.ids[i]!}` };
  if (room < least && wanted >= room - LIMIT_TOLERANCE) {
    if (direction < 0 && mandate.taxSchedules[i]!.most * universe.price[i]! < least * universe.nav) {
      return { code: 'TAX', limit: `lots:${universe.ids[i]!}` };
    }
    const byVolume = limits.liquidity[i]! <= room + LIMIT_TOLERANCE;
    const kind = byVolume ? 'liquidity' : 'position';
    return { code: byVolume ? 'LIQUIDITY' : 'POSITION_LIMIT', limit: `${kind}:${universe.ids[i]!}` };
  }
  const byLimits = Object.values(needed.limits).some((price) => price > 0);
  return byLimits && (wanted >= least || wouldPay(evidence, i, direction, needed, least))
    ? dearestLimit(needed)
    : { code: 'BELOW_MINIMUM' };
}

/** Whether an order of this size would pay were it not for the limits that it shares with other instruments. */
function wouldPay(
  { mandate, marginals }: Evidence,
  i: number,
  direction: 1 | -1,
  needed: BreakEven,
  size: number,
): boolean {
  const own = needed.marginalRisk + needed.rebalance + needed.cost + needed.tax;
  const impact = mandate.weights.cost * mandate.costImpact[i]! * Math.sqrt(size);
  return direction * mandate.alpha[i]! > own + impact + (marginals.curvature(i) * size) / 2;
}

function dearestLimit({ limits }: BreakEven): Refusal {
  const names = Object.keys(limits).sort((a, b) => limits[b]! - limits[a]! || (a < b ? -1 : 1));
  const limit = names[0]!;
  return { code: codeOf(limit), limit };
}

/**
 * Why an instrument was reduced although nothing asked for it: its own position limit, what the signals of others say
 * of it, or another limit that the portfolio breaks; failing these its risk was worth more than its expected return.
 */
function forcedBy(mandate: Mandate, i: number, direction: number): Refusal {
  const { broken, limits } = mandate;
  const own = broken.find(({ kind, index }) => kind === 'position' && index === i);
  if (own !== undefined) {
    return { code: limits.due[own.index] === 1 ? 'OVERRIDDEN_BY_REBALANCE' : 'POSITION_LIMIT', limit: own.name };
  }
  if (direction * mandate.alpha[i]! < 0) return { code: 'CONFLICTING_SIGNALS' };
  const limit = broken.find(
    ({ kind, index }) => kind !== 'position' && (kind !== 'sector' || limits.sectors[index]!.members.includes(i)),
  );
  return limit === undefined ? { code: 'COST_EXCEEDS_BENEFIT' } : { code: codeOf(limit.name), limit: limit.name };
}

/** The direction in which a rebalance target asks instrument i to trade, 0 where none does. */
export function towardTarget({ targets, universe }: Mandate, i: number): number {
  const target = targets[i]!;
  return target === null || target.withinTolerance ? 0 : Math.sign(target.weight - universe.w0[i]!);
}

/** The rejection code that stands for a limit's name. */
function codeOf(limit: string): RejectionCode {
  if (limit.startsWith('sector:')) return 'SECTOR_LIMIT';
  if (limit.startsWith('position:')) return 'POSITION_LIMIT';
  if (limit.startsWith('gains:')) return 'TAX';
  if (limit === 'risk') return 'RISK_BUDGET';
  if (limit === 'turnover') return 'TURNOVER';
  return 'CASH';
}
