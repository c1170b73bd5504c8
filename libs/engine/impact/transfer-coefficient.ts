/**
 * Transfer coefficient of Clarke, de Silva and Thorley (2002): the correlation of risk-adjusted expected returns alpha_i / sigma_i
 * with risk-weighted active weights sigma_i a_i, in [-1, 1]: how much of what the signals say the limits and costs let
 * through. Taken about zero and not about the means, for a zero alpha and a zero active weight are the neutral points
 * of both; it is then defined for a single instrument, and alpha'a = TC |alpha / sigma| |sigma a| holds exactly.
 * 1 where alpha is zero everywhere and nothing is active (all of nothing came through), 0 where only one of them is zero.
 *
 * @param alpha expected returns, length n
 * @param active weights after trading minus the reference b, length n
 * @param sigma volatilities, > 0, length n
 */
export function transferCoefficient(
  alpha: ArrayLike<number>,
  active: ArrayLike<number>,
  sigma: ArrayLike<number>,
): number {
  let product = 0;
  let signal = 0;
  let position = 0;
  for (let i = 0; i < alpha.length; i++) {
    const score = alpha[i]! / sigma[i]!;
    const risk = active[i]! * sigma[i]!;
    product += score * risk;
    signal += score * score;
    position += risk * risk;
  }
  if (signal === 0 && position === 0) return 1;
  if (signal === 0 || position === 0) return 0;
  return Math.min(Math.max(product / (Math.sqrt(signal) * Math.sqrt(position)), -1), 1);
}
