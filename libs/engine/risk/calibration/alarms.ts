/** A figure of the self-test outside of its bounds. */
export interface RiskModelAlarm {
  readonly figure: keyof typeof SELF_TEST_BOUNDS;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * What raises an alarm: wide enough for the changes of regime and the fat tails of real years, narrow enough for a model that is wrong by
 * half. On 505 members of the S&P 500, 2014 to 2018, the years' figures are between 0.78 and 1.22 (long-only), 0.94 and 1.09 (long-short),
 * 1.1 and 1.5 (Mahalanobis), -0.04 and 0.02 (QLIKE).
 */
const SELF_TEST_BOUNDS = {
  /** bias of the equally weighted portfolio */
  equal_weight: [0.7, 1.35],
  /** mean bias of the random portfolios of either kind */
  random_long: [0.7, 1.35],
  random_long_short: [0.8, 1.25],
  mahalanobis: [0.6, 1.8],
  /** QLIKE over that of a plain standard deviation */
  qlike_excess: [-Infinity, 0.05],
} as const;

/** The figures of a self-test that have bounds. */
interface Figures {
  readonly bias: {
    readonly equalWeight: number;
    readonly randomLong: Float64Array;
    readonly randomLongShort: Float64Array;
  };
  readonly qlike: number;
  readonly qlikeReference: number;
  readonly mahalanobis: number;
}

/** The figures outside of their bounds, in the order of the bounds. */
export function alarmsOf({ bias, qlike, qlikeReference, mahalanobis }: Figures): readonly RiskModelAlarm[] {
  const values = {
    equal_weight: bias.equalWeight,
    random_long: mean(bias.randomLong),
    random_long_short: mean(bias.randomLongShort),
    mahalanobis,
    qlike_excess: qlike - qlikeReference,
  };
  return (Object.keys(SELF_TEST_BOUNDS) as (keyof typeof SELF_TEST_BOUNDS)[]).flatMap((figure) => {
    const value = values[figure];
    const [low, high] = SELF_TEST_BOUNDS[figure];
    // written so that NaN is outside
    return value >= low && value <= high ? [] : [{ figure, value, low, high }];
  });
}

/** 0 for an empty list */
function mean(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return values.length > 0 ? total / values.length : 0;
}
