import type { ImpactAssessment as EngineAssessment, PortfolioAssessment } from '#engine';

/** The risk of a whole portfolio before trades and after them. */
export interface ImpactAssessment {
  readonly before: PortfolioRisk;
  readonly after: PortfolioRisk;
}

/** One day, fractions of NAV. */
export interface PortfolioRisk {
  readonly invested: number;
  readonly gross: number;
  readonly volatility: number;
  readonly var_95: number;
  readonly cvar_95: number;
  readonly diversification_ratio: number;
  readonly tracking_error: number;
  readonly days_to_liquidate: number;
  readonly sold_in_one_day: number;
  readonly historical?: HistoricalRisk;
  readonly stress: readonly { readonly name: string; readonly return: number }[];
}

export interface HistoricalRisk {
  readonly var_95: number;
  readonly cvar_95: number;
  readonly worst_days: readonly DatedReturn[];
  readonly worst_week: Span;
  readonly days: number;
  readonly days_left_out: number;
}

export interface DatedReturn {
  readonly date: string;
  readonly return: number;
}

/** Consecutive days, first and last, with their compounded return. */
export interface Span {
  readonly from: string;
  readonly to: string;
  readonly return: number;
}

export const toImpactAssessment = ({ before, after }: EngineAssessment): ImpactAssessment => ({
  before: toPortfolioRisk(before),
  after: toPortfolioRisk(after),
});

function toPortfolioRisk(a: PortfolioAssessment): PortfolioRisk {
  return {
    invested: a.invested,
    gross: a.gross,
    volatility: a.volatility,
    var_95: a.var95,
    cvar_95: a.cvar95,
    diversification_ratio: a.diversificationRatio,
    tracking_error: a.trackingError,
    days_to_liquidate: a.daysToLiquidate,
    sold_in_one_day: a.soldInOneDay,
    ...(a.historical === undefined
      ? {}
      : {
          historical: {
            var_95: a.historical.var95,
            cvar_95: a.historical.cvar95,
            worst_days: a.historical.worstDays,
            worst_week: a.historical.worstWeek,
            days: a.historical.days,
            days_left_out: a.historical.daysLeftOut,
          },
        }),
    stress: a.stress,
  };
}
