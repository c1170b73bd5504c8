const Z_95 = 1.959963984540054;

export interface HitRate {
  readonly hits: number;
  readonly trials: number;
  /** hits / trials; null without trials */
  readonly rate: number | null;
  /** Wilson's interval at 95 %; [0, 1] without trials */
  readonly low: number;
  readonly high: number;
}

/** Hit rate with the score interval of Wilson (1927), which is right for few trials and for rates near 0 and 1. */
export function hitRate(hits: number, trials: number, z = Z_95): HitRate {
  if (trials === 0) return { hits, trials, rate: null, low: 0, high: 1 };
  const rate = hits / trials;
  const spread = (z * z) / trials;
  const centre = (rate + spread / 2) / (1 + spread);
  const half = (z / (1 + spread)) * Math.sqrt((rate * (1 - rate)) / trials + spread / (4 * trials));
  return {
    hits,
    trials,
    rate,
    low: hits === 0 ? 0 : Math.max(0, centre - half),
    high: hits === trials ? 1 : Math.min(1, centre + half),
  };
}
