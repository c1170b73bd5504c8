import { ExactSum } from '../numerics/index.js';
import type { RefusalOutcome } from './outcome.js';

/** What one reason for refusal cost over all outcomes given. */
export interface LimitCost {
  readonly code: string;
  readonly refusals: number;
  /** money: what the refused trades would have made; negative where the limit saved more than it cost */
  readonly cost: number;
  /** of the refusals, those that would have made money */
  readonly regretted: number;
}

/** By code, ascending. Opportunity, not profit: it is no part of what the portfolio earned. */
export function limitCosts(outcomes: Iterable<RefusalOutcome>): readonly LimitCost[] {
  const byCode = new Map<string, { cost: ExactSum; refusals: number; regretted: number }>();
  for (const { code, cost } of outcomes) {
    let sums = byCode.get(code);
    if (sums === undefined) byCode.set(code, (sums = { cost: new ExactSum(), refusals: 0, regretted: 0 }));
    sums.cost.add(cost);
    sums.refusals += 1;
    if (cost > 0) sums.regretted += 1;
  }
  return [...byCode]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { cost, refusals, regretted }]) => ({ code, refusals, cost: cost.value, regretted }));
}
