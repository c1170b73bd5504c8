import { exp } from '../numerics/index.js';

/** Beyond this the first slice takes everything but a trace. */
const DECAY_MAX = 30;

/**
 * The share of an order that is left after each of `count` equal periods, on the path of least expected cost plus risk:
 * x_j / X = sinh(kappa (T - t_j)) / sinh(kappa T) (Almgren and Chriss, Optimal execution of portfolio transactions, 2000,
 * equation 17, in the limit of short periods). kappa = 0 is a straight line.
 *
 * @param kappaT kappa times the whole time, >= 0
 * @returns count values, the last one 0
 */
export function remainingShares(kappaT: number, count: number): number[] {
  const decay = Math.min(kappaT, DECAY_MAX);
  const remaining: number[] = [];
  for (let j = 1; j <= count; j += 1) {
    const left = (count - j) / count;
    // below this the two agree to the last digits, and the quotient would lose them
    remaining.push(decay < 1e-4 ? left : sinhRatio(decay * left, decay));
  }
  return remaining;
}

/** sinh(a) / sinh(b) for 0 <= a <= b, without overflow. */
function sinhRatio(a: number, b: number): number {
  return (exp(a - b) * (1 - exp(-2 * a))) / (1 - exp(-2 * b));
}
