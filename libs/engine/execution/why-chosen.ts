import { bps } from '../explain/format.js';
import type { ExecutionStrategy } from '../result.js';
import type { Urgency } from './urgency.js';

/** A way of working an order with what it is expected to cost. */
interface Way {
  readonly strategy: ExecutionStrategy;
  readonly expectedCostBps: number;
  readonly costStdBps: number;
}

const BASIS_POINTS = 1e4;

/** One sentence on why the first of the ways was chosen. */
export function whyChosen([chosen, ...others]: readonly Way[], urgency: Urgency): string {
  if (chosen === undefined) return '';
  if (others.length === 0) return 'Evenly over time, for no daily volume is known to trade with.';
  const least = others.reduce((best, each) => (each.expectedCostBps < best.expectedCostBps ? each : best));
  const own = `${chosen.strategy} costs ${priced(chosen)}`;
  if (chosen.strategy !== 'ALMGREN_CHRISS') return `${own}; no other way is better by cost and risk.`;
  return `${own}: at ${urgency} urgency the best of cost, risk and what the signals lose by waiting; ${least.strategy} would cost ${priced(least)}.`;
}

function priced({ expectedCostBps, costStdBps }: Way): string {
  return `${bps(expectedCostBps / BASIS_POINTS)} with a standard deviation of ${bps(costStdBps / BASIS_POINTS)}`;
}
