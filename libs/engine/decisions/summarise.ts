import type { Evidence } from '../explain/index.js';
import { utilityOf } from '../optimisation/index.js';
import { totalCostBps, transferCoefficient, valueAtRisk95 } from '../impact/index.js';
import type { Decision, RejectedSignal, Summary } from '../result.js';
import type { PortfolioAssessment } from './assess-risk.js';

const BASIS_POINTS = 1e4;

export function summarise(
  { mandate, choice, riskAfter }: Evidence,
  assessment: PortfolioAssessment,
  decisions: readonly Decision[],
  rejected: readonly RejectedSignal[],
): Summary & { readonly optimalityGapBps: number } {
  const { universe, parameters } = mandate;
  const utility = utilityOf(mandate, choice);
  const bound = Math.max(choice.solution.bound + choice.roomValue, utility);
  const active = choice.weights.map((w, i) => w - mandate.reference[i]!);
  const transfer = transferCoefficient(mandate.alpha, active, universe.sigma);
  const cost = totalCostBps(assessment.costs);
  return {
    totalSignalsProcessed: mandate.input.signals.length,
    decisionsGenerated: decisions.length,
    signalsRejected: rejected.length,
    portfolioUtilization: choice.weights.reduce((sum, w) => sum + w, 0),
    riskBudgetUsed:
      parameters.riskBudgetLimit > 0 ? valueAtRisk95(riskAfter.volatility) / parameters.riskBudgetLimit : 0,
    coordinationQuality: bound === 0 ? 1 : Math.max(0, transfer) * shareOfBound(utility, bound),
    transferCoefficient: transfer,
    utility,
    utilityBound: bound,
    turnover: choice.weights.reduce((sum, w, i) => sum + Math.abs(w - universe.w0[i]!), 0),
    expectedCostBps: cost.spread + cost.fee + cost.impact + cost.tax,
    ...(assessment.impact === undefined ? {} : { impactAssessment: assessment.impact }),
    optimalityGapBps: BASIS_POINTS * (bound - utility),
  };
}

/**
 * U / bound in [0, 1]. Where even the bound is negative (a broken limit or a distant target costs more than the
 * signals earn) the ratio is taken the other way round, so that coming closer to the bound still counts as better.
 */
function shareOfBound(utility: number, bound: number): number {
  return bound > 0 ? Math.max(0, utility / bound) : bound / utility;
}
