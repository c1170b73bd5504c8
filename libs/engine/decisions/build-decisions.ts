import type { ExecutionPlan, OrderPlan } from '../execution/index.js';
import { type Evidence, holdReasons, tradeReasons } from '../explain/index.js';
import type { Action } from '../input.js';
import { lotsSold } from '../optimisation/index.js';
import type { Decision, LimitReport, RejectedSignal, TimingRecommendation } from '../result.js';
import { lotToSell } from '../tax/index.js';
import { impactOf, type PortfolioAssessment, riskAssessmentOf } from './assess-risk.js';

/**
 * One decision for every instrument that trades, in the order in which they should, then HOLD for every signalled or
 * rebalance-named one that does not, the strongest score first.
 *
 * @param losses utility lost without each trade, length n
 */
export function buildDecisions(
  evidence: Evidence,
  assessment: PortfolioAssessment,
  rejected: readonly RejectedSignal[],
  reports: readonly LimitReport[],
  losses: Float64Array,
  { order, plans }: ExecutionPlan,
): Decision[] {
  const { mandate, choice } = evidence;
  const held = heldInstruments(evidence);
  const idOf = new Map([...order, ...held].map((i, position) => [i, decisionId(position)]));
  const refusedOn = groupByInstrument(rejected);
  return [...order, ...held].map((i, position): Decision => {
    const trade = choice.trades[i]!;
    const id = mandate.universe.ids[i]!;
    const isWashed = mandate.washSales.purchaseOf(id) !== undefined;
    const price = mandate.universe.price[i]!;
    const lots = lotsSold(mandate, choice.trades, i).map((sold) => lotToSell(sold, price, isWashed));
    return {
      decisionId: idOf.get(i)!,
      instrumentId: id,
      action: actionOf(trade),
      quantity: Math.abs(trade),
      priority: position + 1,
      confidence: mandate.synthesis.confidence[i]!,
      reasoning:
        trade === 0
          ? holdReasons(evidence, i, refusedOn.get(id) ?? [])
          : tradeReasons(evidence, i, losses[i]!, assessment.costs[i]!, reports),
      impact: impactOf(evidence, assessment, i),
      risk: riskAssessmentOf(evidence, assessment, i),
      timing: timingOf(plans.get(i), mandate.input.asOf, idOf),
      ...(lots.length > 0 ? { lots } : {}),
    };
  });
}

function heldInstruments({ mandate, choice, book }: Evidence): number[] {
  const { synthesis, targets, universe } = mandate;
  const named = new Set(book.instruments());
  for (const { instrumentId } of synthesis.screened) {
    const i = universe.index.get(instrumentId);
    if (i !== undefined) named.add(i);
  }
  targets.forEach((target, i) => {
    if (target !== null) named.add(i);
  });
  const strength = (i: number): number => Math.abs(synthesis.score[i]!);
  return [...named].filter((i) => choice.trades[i] === 0).sort((a, b) => strength(b) - strength(a) || a - b);
}

function timingOf(plan: OrderPlan | undefined, asOf: number, idOf: ReadonlyMap<number, string>): TimingRecommendation {
  if (plan === undefined) {
    const nothing = { slices: [], expectedCostBps: 0, costStdBps: 0, dependsOn: [], alternatives: [] };
    return { urgency: 'LOW', startAt: asOf, endAt: asOf, strategy: 'NONE', strategyReason: '', ...nothing };
  }
  const { unplaced: _none, dependsOn, ...timing } = plan;
  return { ...timing, dependsOn: dependsOn.map((i) => idOf.get(i)!) };
}

function groupByInstrument(rejected: readonly RejectedSignal[]): Map<string, RejectedSignal[]> {
  const groups = new Map<string, RejectedSignal[]>();
  for (const rejection of rejected) {
    const group = groups.get(rejection.instrumentId);
    if (group === undefined) groups.set(rejection.instrumentId, [rejection]);
    else group.push(rejection);
  }
  return groups;
}

function decisionId(position: number): string {
  return `decision_${String(position + 1).padStart(3, '0')}`;
}

function actionOf(trade: number): Action {
  return trade > 0 ? 'BUY' : trade < 0 ? 'SELL' : 'HOLD';
}
