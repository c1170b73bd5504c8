import type { DualSearch } from './dual-search.js';

const TRIALS_MAX = 24;
/** A step is taken when the derivative along it has fallen to this share of its start. */
const SUFFICIENT = 0.2;
const STEP_MAX = 1e6;

/**
 * Finds a step length along an ascent direction of the dual function where its derivative is about zero, by tripling
 * and safeguarded secants (the Illinois rule: an end that stays put counts half).
 *
 * @param slope the derivative at length 0, positive
 * @param longest the length at which a price leaves its range
 */
export function lineSearch(line: DualSearch, slope: number, longest: number): number {
  const end = Math.min(longest, STEP_MAX);
  let [low, slopeLow] = [0, slope];
  let high = Math.min(1, end);
  let slopeHigh = line.derivative(high);
  let trials = 1;
  while (slopeHigh > SUFFICIENT * slope && high < end && trials < TRIALS_MAX) {
    [low, slopeLow] = [high, slopeHigh];
    high = Math.min(high * 3, end);
    slopeHigh = line.derivative(high);
    trials += 1;
  }
  if (slopeHigh >= -SUFFICIENT * slope) return high;
  line.narrow();
  let side = 0;
  for (; trials < TRIALS_MAX; trials += 1) {
    const secant = low + ((high - low) * slopeLow) / (slopeLow - slopeHigh);
    const margin = 0.05 * (high - low);
    const middle = Math.min(high - margin, Math.max(low + margin, secant));
    const slopeMiddle = line.derivative(middle);
    if (Math.abs(slopeMiddle) <= SUFFICIENT * slope) return middle;
    if (slopeMiddle > 0) {
      [low, slopeLow] = [middle, slopeMiddle];
      if (side === 1) slopeHigh /= 2;
      side = 1;
    } else {
      [high, slopeHigh] = [middle, slopeMiddle];
      if (side === -1) slopeLow /= 2;
      side = -1;
    }
  }
  return low > 0 ? low : high;
}

/** How far the prices can go along a step before one leaves its range; Infinity where none does. */
export function longestStep(prices: Float64Array, step: Float64Array, caps: Float64Array): number {
  let longest = Infinity;
  for (let j = 0; j < prices.length; j += 1) {
    if (step[j]! < 0) longest = Math.min(longest, prices[j]! / -step[j]!);
    else if (step[j]! > 0) longest = Math.min(longest, (caps[j]! - prices[j]!) / step[j]!);
  }
  return longest;
}
