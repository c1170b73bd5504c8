/** How a risk model came about: what was left out of its data, what was estimated, and how it would have forecast. */
export interface RiskModelReport {
  readonly preparation: PreparationReport;
  readonly estimation: EstimationReport;
  /** null where the history is too short to test on */
  readonly self_test: SelfTestReport | null;
  /** what a person should look at, a sentence each; empty normally */
  readonly warnings: readonly string[];
}

/** Counts are of everything; lists hold the first 200 by instrument and day. Days are YYYY-MM-DD. */
export interface PreparationReport {
  /** what prepared the data; every implementation gives the same numbers */
  readonly prepared_by: 'polars' | 'typescript';
  readonly first_day: string | null;
  readonly last_day: string | null;
  readonly counts: {
    /** as read */
    readonly bars: number;
    /** closes that are no positive finite number */
    readonly invalid: number;
    readonly instruments: number;
    readonly trading_days: number;
    /** days without a close between the first and the last close of an instrument */
    readonly missing: number;
    readonly outliers: number;
    readonly stale_runs: number;
  };
  /** days on which most instruments have no bar: not in the calendar */
  readonly non_trading_days: readonly { readonly day: string; readonly bars: number }[];
  /** closes that no return is taken of */
  readonly outliers: readonly Outlier[];
  /** stretches of unchanged closes: one price, and no returns */
  readonly stale_runs: readonly StaleRun[];
  /** instruments with under 60 returns: the volatility of their sector, the prior correlation */
  readonly short_history: readonly string[];
  /** without a trusted close on the last day: in the model at their last one */
  readonly not_current: readonly { readonly instrument_id: string; readonly price_day: string }[];
  /** without a close for more than 252 trading days: not in the model */
  readonly dropped: readonly { readonly instrument_id: string; readonly last_day: string | null }[];
}

export interface Outlier {
  readonly instrument_id: string;
  readonly day: string;
  readonly value: number;
  /** the close before it */
  readonly previous: number;
  /** off for one day and back; beyond five times and staying; beyond five times on the last day, so that nobody knows */
  readonly reason: 'SPIKE' | 'LEVEL_SHIFT' | 'UNCONFIRMED';
}

export interface StaleRun {
  readonly instrument_id: string;
  readonly first_day: string;
  readonly last_day: string;
  /** trading days on which the close did not move */
  readonly days: number;
}

export interface EstimationReport {
  /** daily returns used at most */
  readonly days: number;
  readonly factors: number;
  /** Ledoit-Wolf weight of the constant-correlation target */
  readonly shrinkage: number;
  readonly average_correlation: number;
  /** share of the variance of standardised returns of each factor */
  readonly explained: readonly number[];
  /** of the market factor's volatility in its last 252 days; null where unknown */
  readonly regime_percentile: number | null;
}

/** Forecasts of each of the last days by a model of the days before it alone, beside what came. 1 is perfect unless said otherwise. */
export interface SelfTestReport {
  readonly first_day: string;
  readonly last_day: string;
  readonly days: number;
  /** how often the correlations were estimated anew; volatilities are every day */
  readonly refits: number;
  /** standard deviation of returns over their forecast volatility (above 1: risk is underestimated) */
  readonly bias: {
    readonly equal_weight: number;
    /** mean over the random long-only and long-short portfolios, and how many of these are within the band of chance */
    readonly random_long: number;
    readonly random_long_short: number;
    readonly within_band: number;
    readonly portfolios: number;
    /** of the portfolios along each factor, strongest first */
    readonly factors: readonly number[];
  };
  /** mean of ln(s^2) + r^2 / s^2 over instruments and days: lower is better, so below the reference is good */
  readonly qlike: {
    readonly model: number;
    /** of the plain standard deviation of the 252 days before */
    readonly reference: number;
  };
  /** mean of r' Sigma^-1 r / n */
  readonly mahalanobis: number;
  /** what is outside of its documented bounds, a sentence each */
  readonly alarms: readonly string[];
}
