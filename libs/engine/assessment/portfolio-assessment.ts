/** The risk of a whole portfolio: one day, fractions of NAV. */
export interface PortfolioAssessment {
  /** sum w */
  readonly invested: number;
  /** sum |w| */
  readonly gross: number;
  readonly volatility: number;
  /** of a normal distribution with mean 0 */
  readonly var95: number;
  readonly cvar95: number;
  readonly diversificationRatio: number;
  /** sqrt((w - b)' Sigma (w - b)) */
  readonly trackingError: number;
  /** trading days until the slowest position is sold at the participation cap */
  readonly daysToLiquidate: number;
  /** share of the gross weight that one day is enough for; 1 where nothing is held */
  readonly soldInOneDay: number;
  /** absent without history, or with too little of it */
  readonly historical?: HistoricalRisk;
  readonly stress: readonly StressReturn[];
}

/** A portfolio before trades and after them. */
export interface ImpactAssessment {
  readonly before: PortfolioAssessment;
  readonly after: PortfolioAssessment;
}

/** What past days would have done to a portfolio, fractions of NAV. */
export interface HistoricalRisk {
  /** loss of the 5 % quantile day, positive (negative where even that day gained) */
  readonly var95: number;
  /** mean loss of the worst 5 % */
  readonly cvar95: number;
  /** the five worst days, worst first */
  readonly worstDays: readonly { readonly date: string; readonly return: number }[];
  /** the worst five days in a row, compounded */
  readonly worstWeek: { readonly from: string; readonly to: string; readonly return: number };
  /** days that could be used */
  readonly days: number;
  /** days on which too much of the portfolio has no return */
  readonly daysLeftOut: number;
}

/** What a portfolio would return, fraction of NAV, were something to happen. */
export interface StressReturn {
  readonly name: string;
  readonly return: number;
}
