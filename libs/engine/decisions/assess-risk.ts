import { assessImpact, type ImpactAssessment, isSectorScenario, sectorScenario } from '../assessment/index.js';
import {
  conditionalValueAtRisk95,
  correlationWithRest,
  daysToLiquidate,
  diversificationEffect,
  marginalVar95,
  riskContributions,
  tradeCostBps,
  valueAtRisk95,
} from '../impact/index.js';
import type { Evidence } from '../explain/index.js';
import type { CostBps, PortfolioImpact, RiskAssessment } from '../result.js';

/** The whole portfolio's figures, which every decision of a coordination shares. */
export interface PortfolioAssessment {
  readonly contributionsBefore: Float64Array;
  readonly contributionsAfter: Float64Array;
  /** absent where the caller does not want it */
  readonly impact: ImpactAssessment | undefined;
  /** expected costs by instrument, basis points of NAV */
  readonly costs: readonly CostBps[];
  /** spread, fee and impact of all trades, fraction of NAV */
  readonly paid: number;
}

const BASIS_POINTS = 1e4;

/** @param withImpact whether the portfolio is assessed as a whole: historical simulation, stress, liquidity */
export function assessPortfolio(
  { mandate, choice, riskBefore, riskAfter }: Evidence,
  withImpact: boolean,
): PortfolioAssessment {
  const { universe } = mandate;
  const costs = Array.from(choice.trades, (_, i) => costOf({ mandate, choice }, i));
  return {
    contributionsBefore: riskContributions(riskBefore, universe.w0),
    contributionsAfter: riskContributions(riskAfter, choice.weights),
    impact: withImpact ? impactOnPortfolio({ mandate, choice, riskBefore, riskAfter }) : undefined,
    costs,
    paid: costs.reduce((sum, { spread, fee, impact }) => sum + spread + fee + impact, 0) / BASIS_POINTS,
  };
}

type RiskEvidence = Pick<Evidence, 'mandate' | 'choice' | 'riskBefore' | 'riskAfter'>;

function impactOnPortfolio({ mandate, choice, riskBefore, riskAfter }: RiskEvidence): ImpactAssessment {
  const { universe, reference, parameters, input } = mandate;
  return assessImpact(
    { universe, reference, participation: parameters.maxParticipation, history: input.market.history },
    { weights: universe.w0, risk: riskBefore },
    { weights: choice.weights, risk: riskAfter },
  );
}

function costOf({ mandate, choice }: Pick<Evidence, 'mandate' | 'choice'>, i: number): CostBps {
  const { universe, costLinear, costImpact, taxSchedules } = mandate;
  const trade = choice.trades[i]!;
  const halfSpread = universe.halfSpread[i]!;
  const tax = trade < 0 ? (taxSchedules[i]!.tax(-trade) * universe.price[i]!) / universe.nav : 0;
  const rates = { halfSpread, fee: costLinear[i]! - halfSpread, impact: costImpact[i]! };
  return tradeCostBps(rates, choice.weights[i]! - universe.w0[i]!, tax);
}

/** What the decision on instrument i changes in the portfolio (model, section 7). */
export function impactOf(evidence: Evidence, assessment: PortfolioAssessment, i: number): PortfolioImpact {
  const { mandate, choice, riskAfter } = evidence;
  const { universe } = mandate;
  const [w0, w] = [universe.w0[i]!, choice.weights[i]!];
  return {
    positionChange: (choice.trades[i]! * universe.price[i]!) / universe.nav,
    weightChange: w / (1 - assessment.paid) - w0,
    riskContributionChange: assessment.contributionsAfter[i]! - assessment.contributionsBefore[i]!,
    correlationImpact: correlationWithRest(universe.risk, riskAfter, choice.weights, i),
    diversificationEffect: choice.trades[i] === 0 ? 0 : diversificationEffect(riskAfter, choice.weights, i, w0),
  };
}

export function riskAssessmentOf(evidence: Evidence, assessment: PortfolioAssessment, i: number): RiskAssessment {
  const { mandate, choice, riskBefore, riskAfter } = evidence;
  const { universe, parameters } = mandate;
  const after = universe.quantity[i]! + choice.trades[i]!;
  return {
    volatilityBefore: riskBefore.volatility,
    volatilityAfter: riskAfter.volatility,
    var95Before: valueAtRisk95(riskBefore.volatility),
    var95After: valueAtRisk95(riskAfter.volatility),
    cvar95Before: conditionalValueAtRisk95(riskBefore.volatility),
    cvar95After: conditionalValueAtRisk95(riskAfter.volatility),
    marginalVar: marginalVar95(riskAfter, i),
    ...portfolioFigures(assessment.impact, universe.sector[i]!),
    daysToLiquidate: daysToLiquidate(after, universe.adv[i]!, parameters.maxParticipation),
    expectedCostBps: assessment.costs[i]!,
  };
}

/** Of the stress tests a decision shows the ones that concern it: the market's, its own sector's and those of the whole. */
function portfolioFigures(
  impact: ImpactAssessment | undefined,
  sector: string | null,
): Pick<RiskAssessment, 'historicalVar95' | 'worstDays' | 'stress'> {
  if (impact === undefined) return {};
  const { historical, stress } = impact.after;
  const own = sector === null ? '' : sectorScenario(sector);
  return {
    ...(historical === undefined ? {} : { historicalVar95: historical.var95, worstDays: historical.worstDays }),
    stress: stress.filter(({ name }) => !isSectorScenario(name) || name === own),
  };
}
