import type { CoordinationInput } from '../input.js';
import type { Universe } from '../universe.js';
import { tradingDaysUntil } from './deadlines.js';

/** What a withdrawal needs, fractions of NAV. */
export interface Withdrawal {
  readonly rebalanceId: string;
  readonly amount: number;
  /** of it, what cash beyond the buffer covers before trading, after the withdrawals of earlier dates */
  readonly covered: number;
  /** of it, what may not be invested after this coordination */
  readonly due: number;
}

/**
 * The withdrawals still to be paid, the earliest first. What cash covers may not be invested; what is missing is raised in
 * equal parts on the trading days left, all of it by the date.
 */
export function withdrawals(input: CoordinationInput, universe: Universe): Withdrawal[] {
  const { asOf, parameters, rebalanceRequests } = input;
  let free = Math.max(0, universe.cash / universe.nav - parameters.cashBuffer);
  const flows = rebalanceRequests.flatMap(({ rebalanceId, cashFlow }) =>
    cashFlow !== undefined && cashFlow.amount < 0 ? [{ rebalanceId, ...cashFlow }] : [],
  );
  flows.sort((a, b) => a.at - b.at || (a.rebalanceId < b.rebalanceId ? -1 : 1));
  return flows.map(({ rebalanceId, amount: money, at }) => {
    const amount = -money / universe.nav;
    const covered = Math.min(free, amount);
    free -= covered;
    const later = Math.max(0, tradingDaysUntil(asOf, at) - parameters.executionDays + 1);
    const share = parameters.executionDays / (parameters.executionDays + later);
    return { rebalanceId, amount, covered, due: covered + share * (amount - covered) };
  });
}

/** Cash that may not be invested beside the buffer, fraction of NAV. */
export function earmarkedCash(input: CoordinationInput, universe: Universe): number {
  return withdrawals(input, universe).reduce((sum, { due }) => sum + due, 0);
}
