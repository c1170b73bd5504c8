import type { DecisionOutcomeRow, MeasuredOutcomes, OutcomeEvent, RecordedEvent } from '#domain';
import { NO_SIGNAL, OTHER_SIGNALS } from '#engine';
import { isOfType } from './event-of-type.js';
import type { AttributedProfitRow, OutcomeContext, RowChange } from './row-change.js';

const BY_EVENT: readonly OutcomeEvent['type'][] = ['outcomes_measured', 'outcomes_corrected'];

/** What came of signals, decisions and refusals; a correction replaces the rows of its ids. */
export function outcomeRows(event: RecordedEvent): readonly RowChange[] {
  if (!BY_EVENT.some((type) => isOfType(event, type))) return [];
  const data = event.data as MeasuredOutcomes;
  const context = contextOf(data);
  return [
    ...data.signals.map(({ outcome, ...signal }): RowChange => ({
      kind: 'UPSERT',
      table: 'signal_outcomes_ts',
      row: {
        ...context,
        signal_id: signal.signal_id,
        source: signal.source,
        strategy: signal.strategy ?? null,
        instrument_id: signal.instrument_id,
        sector: signal.sector ?? null,
        action: signal.action,
        accepted: signal.accepted,
        horizon_days: signal.horizon_days,
        confidence: signal.confidence,
        claim: signal.claim,
        expected_return: signal.expected_return ?? null,
        ...realised(outcome),
        realised_return: outcome.status === 'MEASURED' ? outcome.realised_return : null,
        exit_at: outcome.status === 'MEASURED' ? outcome.exit_at : null,
      },
    })),
    ...data.decisions.flatMap((decision) => decisionRows(context, data, decision)),
    ...data.refusals.map((refusal): RowChange => ({
      kind: 'UPSERT',
      table: 'refusal_outcomes_ts',
      row: {
        ...context,
        signal_id: refusal.signal_id,
        source: refusal.source,
        instrument_id: refusal.instrument_id,
        action: refusal.action,
        reason_code: refusal.reason_code,
        would_quantity: refusal.would_trade.quantity,
        ...realised(refusal.outcome),
        cost: refusal.cost,
      },
    })),
  ];
}

const contextOf = (data: MeasuredOutcomes): OutcomeContext => ({
  decided_at: data.decided_at,
  coordination_id: data.coordination_id,
  portfolio_id: data.portfolio_id,
  regime: data.regime,
  mode: data.coordination_mode,
  config_name: data.config_name ?? null,
});

const realised = (outcome: DecisionOutcomeRow['outcome']) =>
  outcome.status === 'MEASURED'
    ? { realised_alpha: outcome.realised_alpha, hit: outcome.hit }
    : { realised_alpha: null, hit: null };

function decisionRows(context: OutcomeContext, { nav }: MeasuredOutcomes, decision: DecisionOutcomeRow): RowChange[] {
  const { outcome } = decision;
  return [
    {
      kind: 'UPSERT',
      table: 'decision_outcomes_ts',
      row: {
        ...context,
        decision_id: decision.decision_id,
        instrument_id: decision.instrument_id,
        sector: decision.sector ?? null,
        action: decision.action,
        horizon_days: decision.horizon_days,
        quantity: decision.quantity,
        price: decision.price,
        fill_price: decision.fill_price,
        costs: decision.costs,
        confidence: decision.confidence,
        alpha: decision.alpha,
        ...realised(outcome),
        realised_return: outcome.status === 'MEASURED' ? outcome.realised_return : null,
        profit: decision.profit,
        exit_at: outcome.status === 'MEASURED' ? outcome.exit_at : null,
        nav,
      },
    },
    ...attributed(context, decision).map((row): RowChange => ({ kind: 'UPSERT', table: 'attributed_profits_ts', row })),
  ];
}

/**
 * The profit of a decision shared among its signals as their shares of the expected return; what signals on other instruments had in it, and
 * what none is answerable for (limits, rebalancing, hedges: trades without an expected return, or against it), have names of their own. The
 * parts add up to the profit. Where signals disagree a share may be above 1 or negative: that is what linear means.
 */
function attributed(context: OutcomeContext, decision: DecisionOutcomeRow): AttributedProfitRow[] {
  const { outcome, action, quantity, price, fill_price, costs, alpha, shares } = decision;
  if (outcome.status !== 'MEASURED') return [];
  const signed = action === 'BUY' ? quantity : -quantity;
  const parts = {
    selection: signed * price * outcome.realised_alpha,
    timing: signed * price * outcome.benchmark_return,
    execution: -signed * (fill_price - price),
    costs: -costs,
  };
  const others = alpha - shares.reduce((sum, share) => sum + share.alpha, 0);
  // as many rows in a correction as before, whatever was filled: by the side of the decision
  const isAnswerable = action === 'BUY' ? alpha > 0 : alpha < 0;
  const signals = others === 0 ? shares : [...shares, { source: OTHER_SIGNALS, alpha: others }];
  const named = isAnswerable ? signals : [{ source: NO_SIGNAL, alpha: 1 }];
  const total = isAnswerable ? alpha : 1;
  return named.map(({ source, strategy, alpha: own }: DecisionOutcomeRow['shares'][number], index) => ({
    ...context,
    decision_id: decision.decision_id,
    ordinal: index + 1,
    source,
    strategy: strategy ?? null,
    instrument_id: decision.instrument_id,
    sector: decision.sector ?? null,
    selection: (parts.selection * own) / total,
    timing: (parts.timing * own) / total,
    execution: (parts.execution * own) / total,
    costs: (parts.costs * own) / total,
  }));
}
