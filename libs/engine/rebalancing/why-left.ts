import type { Evidence } from '../explain/index.js';
import { LIMIT_TOLERANCE, positionLimitName } from '../optimisation/limits.js';

/**
 * What keeps instrument i from its target, in one word: `restricted`, `correlation`, `liquidity`, `hold_all`, `lot_size`; the name
 * of a limit of the answer; or what the next unit would cost or lose most by: `cost`, `tax`, `signals`, `risk_of_trade`.
 *
 * @param side +1 where weight is missing, -1 where it is too much
 */
export function whyLeft(evidence: Evidence, i: number, side: 1 | -1): string {
  const { mandate, choice } = evidence;
  const { limits, universe } = mandate;
  const target = mandate.targets[i]!;
  if (choice.heldBecause !== null) return 'hold_all';
  if (limits.restricted[i] === 1) return 'restricted';
  const w = choice.solution.w[i]!;
  if (side * (target.weight - w) <= target.tolerance + LIMIT_TOLERANCE) return 'lot_size';
  const [low, high] = [limits.positionLower[i]!, limits.positionUpper[i]!];
  const end = side > 0 ? high : low;
  if (side * (w - end) >= -LIMIT_TOLERANCE) return positionLimitName(universe, limits, i);
  if (choice.barred[i] === 1 && side * w >= 0) return 'correlation';
  const reach = side > 0 ? choice.bounds.upper[i]! : choice.bounds.lower[i]!;
  if (side * (w - reach) >= -LIMIT_TOLERANCE) return 'liquidity';
  return dearest(evidence, i, side);
}

/** The largest part of what the next unit toward the target takes (model, section 4): limits, cost, tax, signals, risk. */
function dearest({ mandate, choice, marginals }: Evidence, i: number, side: 1 | -1): string {
  const needed = marginals.breakEven(i, side);
  const traded = Math.abs(choice.solution.w[i]! - mandate.universe.w0[i]!);
  const impact = 1.5 * mandate.weights.cost * mandate.costImpact[i]! * Math.sqrt(traded);
  const parts: [string, number][] = [
    ...Object.entries(needed.limits),
    ['cost', needed.cost + impact],
    ['tax', needed.tax],
    ['signals', -side * mandate.alpha[i]!],
    ['risk_of_trade', needed.marginalRisk],
  ];
  return parts.reduce((most, part) => (part[1] > most[1] ? part : most))[0];
}
