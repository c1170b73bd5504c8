import { correlationWithRest, riskOf } from '../impact/index.js';
import { LIMIT_TOLERANCE } from './limits.js';
import type { Mandate } from './mandate.js';

/**
 * The instruments whose position a portfolio makes larger although its returns then correlate with those of the rest
 * of the portfolio beyond the threshold (the sign of a short position turned round).
 *
 * @param weights after trading, length n
 */
export function correlationBreaches(mandate: Mandate, weights: Float64Array): number[] {
  const { universe, parameters } = mandate;
  const { n, w0, risk } = universe;
  const portfolio = riskOf(risk, weights);
  const breaches: number[] = [];
  for (let i = 0; i < n; i += 1) {
    const w = weights[i]!;
    if (Math.abs(w) <= Math.abs(w0[i]!) + LIMIT_TOLERANCE) continue;
    const correlation = Math.sign(w) * correlationWithRest(risk, portfolio, weights, i);
    if (correlation > parameters.correlationThreshold) breaches.push(i);
  }
  return breaches;
}
