import type { TradesAssessment } from '#engine';
import { toLotToSell } from '../coordination/from-engine.js';
import type { MarketModel } from '../market-model/events.js';
import type { HistoryUsed, ImpactAnswer, SectorRisk, TradeImpact } from './answer.js';
import type { AssessImpactCommand } from './command.js';
import { toImpactAssessment } from './portfolio-risk.js';

/** From the engine's names to the wire's. */
export function toImpactAnswer(
  result: TradesAssessment,
  { request, portfolioState, asOf, marketModel }: AssessImpactCommand,
  configVersion: string | undefined,
): ImpactAnswer {
  const history = historyUsed(marketModel);
  return {
    portfolio_id: portfolioState.portfolio_id,
    as_of: asOf,
    nav: result.nav,
    turnover: result.turnover,
    impact_assessment: toImpactAssessment(result.impact),
    trades: result.trades.map((trade, t): TradeImpact => ({
      ...request.trades[t]!,
      price: trade.price,
      position_change: trade.weight,
      expected_cost_bps: trade.costBps,
      days_to_trade: trade.daysToTrade,
      marginal_var: trade.marginalVar,
      ...(trade.lots.length === 0 ? {} : { lots: trade.lots.map(toLotToSell) }),
    })),
    expected_cost_bps: result.costBps,
    limits: result.limits.map(({ name, before, after, bound, brokenBefore, brokenAfter }) => ({
      name,
      before,
      after,
      bound,
      broken_before: brokenBefore,
      broken_after: brokenAfter,
    })),
    instruments: result.instruments.map((each) => ({
      instrument_id: each.instrumentId,
      ...toSectorRisk(each),
      marginal_var: each.marginalVar,
      days_to_liquidate: each.daysToLiquidate,
    })),
    sectors: result.sectors.map(toSectorRisk),
    history,
    ...(configVersion === undefined ? {} : { config_version: configVersion }),
    risk_model: result.riskModel,
    warnings: [...result.warnings, ...historyWarnings(history, result)],
  };
}

const toSectorRisk = (each: TradesAssessment['sectors'][number]): SectorRisk => ({
  ...(each.sector === null ? {} : { sector: each.sector }),
  weight_before: each.weightBefore,
  weight_after: each.weightAfter,
  component_var_before: each.componentVarBefore,
  component_var_after: each.componentVarAfter,
});

function historyUsed(model: MarketModel | undefined): HistoryUsed {
  const dates = model?.history?.dates ?? [];
  const [first, last] = [dates[0], dates[dates.length - 1]];
  if (first === undefined || last === undefined) return { source: 'NONE', days: 0 };
  return { source: 'MARKET_MODEL', days: dates.length, first_day: first, last_day: last };
}

/** Figures that are missing are missing for a reason that is told. */
function historyWarnings({ source }: HistoryUsed, { impact }: TradesAssessment): string[] {
  if (source === 'NONE') return ['No returns of the past are known: there is no historical simulation.'];
  const lacking = [impact.before, impact.after].some(({ gross, historical }) => gross > 0 && historical === undefined);
  if (!lacking) return [];
  return [
    'Under 60 days of the history have returns of 90 % of the portfolio: there is no historical simulation of it.',
  ];
}
