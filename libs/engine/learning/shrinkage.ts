/** A number with the variance of its error. */
export interface Estimate {
  readonly value: number;
  readonly variance: number;
}

export interface Shrunk extends Estimate {
  /** share of the distance from the mean that was kept, in [0, 1] */
  readonly kept: number;
}

/**
 * Normal empirical Bayes: estimates theta_j + error of known variance, theta_j normal about a common mean. The spread of the theta_j is that
 * of DerSimonian and Laird (1986), the prior counting as one more estimate; null (nothing known) becomes the mean itself.
 *
 * @param prior of one theta_j before anything is known
 */
export function shrinkTowardMean(estimates: readonly (Estimate | null)[], prior: Estimate): readonly Shrunk[] {
  const known = estimates.filter((each) => each !== null);
  const spread = known.length < 2 ? prior.variance : spreadOf(known);
  let precision = 1 / (prior.variance + spread);
  let total = prior.value * precision;
  for (const { value, variance } of known) {
    precision += 1 / (variance + spread);
    total += value / (variance + spread);
  }
  const mean = total / precision;
  return estimates.map((each) => {
    if (each === null) return { value: mean, variance: spread + 1 / precision, kept: 0 };
    const kept = spread / (spread + each.variance);
    return { value: mean + kept * (each.value - mean), variance: kept * each.variance, kept };
  });
}

/** Between-sources variance by the method of moments, not below 0. */
function spreadOf(estimates: readonly Estimate[]): number {
  let [w, ww, wv] = [0, 0, 0];
  for (const { value, variance } of estimates) {
    const weight = 1 / variance;
    w += weight;
    ww += weight * weight;
    wv += weight * value;
  }
  const mean = wv / w;
  let q = 0;
  for (const { value, variance } of estimates) q += ((value - mean) * (value - mean)) / variance;
  return Math.max(0, (q - (estimates.length - 1)) / (w - ww / w));
}
