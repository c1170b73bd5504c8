import type { CoordinationOutcome } from '../coordination/response.js';
import type { DecisionChange, OutcomeFigures } from './replay.js';

export const NO_FIGURES: OutcomeFigures = {
  trades: 0,
  signals_rejected: 0,
  turnover: 0,
  expected_cost_bps: 0,
  risk_budget_used: 0,
  portfolio_utilization: 0,
  utility: 0,
  coordination_quality: 0,
  limits_relaxed: 0,
  limits_binding: 0,
};

export function figuresOf({ decisions, coordination_summary: s, limits }: CoordinationOutcome): OutcomeFigures {
  return {
    trades: decisions.filter((decision) => decision.action !== 'HOLD').length,
    signals_rejected: s.signals_rejected,
    turnover: s.turnover,
    expected_cost_bps: s.expected_cost_bps,
    risk_budget_used: s.risk_budget_used,
    portfolio_utilization: s.portfolio_utilization,
    utility: s.utility,
    coordination_quality: s.coordination_quality,
    limits_relaxed: limits.filter((limit) => limit.relaxed_by > 0).length,
    limits_binding: limits.filter((limit) => limit.shadow_price > 0).length,
  };
}

/** The mean over `count + 1` of which `mean` is that of the first `count`. */
export function nextMean(mean: OutcomeFigures, count: number, next: OutcomeFigures): OutcomeFigures {
  const moved = Object.entries(mean).map(([name, value]: [string, number]) => {
    const step = (next[name as keyof OutcomeFigures] - value) / (count + 1);
    return [name, value + step];
  });
  return Object.fromEntries(moved) as Record<keyof OutcomeFigures, number>;
}

/** The instruments whose trade is another one, in the order of the recorded decisions, then of the replayed. */
export function changedDecisions(recorded: CoordinationOutcome, replayed: CoordinationOutcome): DecisionChange[] {
  const before = signedQuantities(recorded);
  const after = signedQuantities(replayed);
  const instruments = new Set([...before.keys(), ...after.keys()]);
  return [...instruments].flatMap((instrument_id) => {
    const change = { instrument_id, recorded: before.get(instrument_id) ?? 0, replayed: after.get(instrument_id) ?? 0 };
    return change.recorded === change.replayed ? [] : [change];
  });
}

function signedQuantities({ decisions }: CoordinationOutcome): Map<string, number> {
  return new Map(
    decisions.map(({ instrument_id, action, quantity }) => [
      instrument_id,
      action === 'SELL' ? -quantity : action === 'BUY' ? quantity : 0,
    ]),
  );
}
