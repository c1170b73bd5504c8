import { portfolioFacts, type PortfolioFacts } from '#engine';
import type { CoordinateCommand } from '../coordination/decide.js';
import type { CoordinationCompleted, RecordedContribution } from '../coordination/events.js';
import type { TradingAction, TradingSignal } from '../coordination/request.js';
import type { CoordinatedTradingDecision, RejectedSignal } from '../coordination/response.js';
import { toEngineInput } from '../coordination/to-engine.js';
import type { Execution } from '../execution/execution.js';
import type { DecisionOutcomeRow, MeasuredOutcomes, RefusalOutcomeRow, SignalOutcome } from './events.js';

/** What of a coordination has an outcome: rows as the events hold them, before anything came of them. */
export interface OutcomeSubjects {
  readonly coordination: Omit<MeasuredOutcomes, 'measured_by' | 'signals' | 'decisions' | 'refusals'>;
  readonly signals: readonly Omit<SignalOutcome, 'outcome'>[];
  readonly decisions: readonly Omit<DecisionOutcomeRow, 'outcome' | 'profit'>[];
  readonly refusals: readonly (Omit<RefusalOutcomeRow, 'outcome' | 'cost'> & { readonly generated_at: string })[];
}

const BASIS_POINT = 1e-4;
/** trading days, of a signal that states none (model, section 2) */
const HORIZON_DEFAULT = 5;

/**
 * The signals, the decisions that trade and the refusals of a coordination. Of signals with one id the first counts, as it does when they
 * are screened. With fills the decision is what was filled, and paid; without any it is what was decided, at expected costs.
 *
 * @param execution what became of the plan; null where nothing is known of it
 * @returns null where the recorded inputs make no portfolio any more
 */
export function outcomeSubjects(
  command: CoordinateCommand,
  completed: CoordinationCompleted['data'],
  execution: Execution | null,
): OutcomeSubjects | null {
  const input = toEngineInput(command.request, {
    ...command,
    ...(command.configuration ? { storedParameters: command.configuration.parameters } : {}),
  });
  const known = portfolioFacts(input);
  if ('invalid' in known) return null;
  const { outcome, contributions, config_name } = completed;
  const signals = firstOfEach(command.request.signals, ({ signal_id }) => signal_id);
  const strategies = new Map(signals.map(({ signal_id, strategy }) => [signal_id, strategy]));
  const byId = new Map(signals.map((signal) => [signal.signal_id, signal]));
  const rejected = new Set(outcome.rejected_signals.map(({ signal_id }) => signal_id));
  const { horizonDays, feeBps, mode } = input.parameters;
  return {
    coordination: {
      coordination_id: completed.coordination_id,
      portfolio_id: completed.portfolio_id,
      decided_at: outcome.as_of,
      regime: outcome.risk_model.regime as MeasuredOutcomes['regime'],
      coordination_mode: mode,
      ...(config_name === undefined ? {} : { config_name }),
      learned_state_id: command.learnedState.id,
      nav: known.nav,
    },
    signals: signals.map((signal) => signalOf(signal, known, !rejected.has(signal.signal_id))),
    decisions: outcome.decisions
      .filter(({ quantity }) => quantity > 0)
      .map((decision) =>
        decisionOf(decision, {
          known,
          horizonDays,
          shares: sharesOf(contributions, strategies, decision.instrument_id),
          execution,
        }),
      ),
    refusals: firstOfEach(outcome.rejected_signals, ({ signal_id }) => signal_id).flatMap((refusal) => {
      const signal = byId.get(refusal.signal_id);
      return signal === undefined ? [] : [refusalOf(refusal, signal, known, feeBps)];
    }),
  };
}

function firstOfEach<T>(rows: readonly T[], idOf: (row: T) => string): T[] {
  const found = new Map<string, T>();
  for (const row of rows) if (!found.has(idOf(row))) found.set(idOf(row), row);
  return [...found.values()];
}

/** +1, -1, and 0 for HOLD */
export const directionOf = (action: TradingAction): 1 | -1 | 0 => (action === 'BUY' ? 1 : action === 'SELL' ? -1 : 0);

function signalOf(signal: TradingSignal, known: PortfolioFacts, accepted: boolean): OutcomeSubjects['signals'][number] {
  const { signal_id, source, strategy, instrument_id, action, strength, confidence, expected_return } = signal;
  const facts = known.instruments.get(instrument_id);
  return {
    signal_id,
    source,
    ...(strategy === undefined ? {} : { strategy }),
    instrument_id,
    ...(facts?.sector === undefined ? {} : { sector: facts.sector }),
    action,
    generated_at: signal.generated_at,
    horizon_days: signal.horizon_days ?? HORIZON_DEFAULT,
    confidence,
    claim: directionOf(action) * strength * confidence,
    ...(expected_return === undefined ? {} : { expected_return }),
    ...(facts === undefined ? {} : { volatility: facts.sigma }),
    accepted,
  };
}

interface DecisionContext {
  readonly known: PortfolioFacts;
  readonly horizonDays: number;
  readonly shares: DecisionOutcomeRow['shares'];
  readonly execution: Execution | null;
}

function decisionOf(
  decision: CoordinatedTradingDecision,
  { known, horizonDays, shares, execution }: DecisionContext,
): OutcomeSubjects['decisions'][number] {
  const { decision_id, instrument_id, action, quantity, confidence } = decision;
  const facts = known.instruments.get(instrument_id);
  const price = facts?.price ?? NaN;
  const { spread, fee, impact, tax } = decision.risk_assessment.expected_cost_bps;
  const expected = {
    quantity,
    fill_price: price,
    costs: (spread + fee + impact + tax) * BASIS_POINT * known.nav,
  };
  return {
    decision_id,
    instrument_id,
    ...(facts?.sector === undefined ? {} : { sector: facts.sector }),
    action: action as 'BUY' | 'SELL',
    horizon_days: horizonDays,
    price,
    ...(executed(execution, decision_id, price) ?? expected),
    confidence,
    alpha: facts?.alpha ?? 0,
    shares,
  };
}

/** Null where nothing happened to the plan: then it is not known whether it was followed. */
function executed(execution: Execution | null, decisionId: string, price: number) {
  const order = execution?.started ? execution.orders.get(decisionId) : undefined;
  if (order === undefined) return null;
  const shares = order.fills.map(({ quantity }) => Math.abs(quantity));
  const quantity = shares.reduce((sum, each) => sum + each, 0);
  const paid = order.fills.reduce((sum, fill, at) => sum + fill.price * shares[at]!, 0);
  const costs = order.fills.reduce((sum, fill) => sum + (fill.costs ?? 0), 0);
  return { quantity, fill_price: quantity === 0 ? price : paid / quantity, costs };
}

/** The parts of an instrument's expected return, by source and strategy. */
function sharesOf(
  contributions: readonly RecordedContribution[],
  strategies: ReadonlyMap<string, string | undefined>,
  instrument: string,
): DecisionOutcomeRow['shares'] {
  const shares = new Map<string, DecisionOutcomeRow['shares'][number]>();
  for (const { signal_id, source, instrument_id, alpha } of contributions) {
    if (instrument_id !== instrument) continue;
    const strategy = strategies.get(signal_id);
    const key = JSON.stringify([source, strategy]);
    const named = strategy === undefined ? { source } : { source, strategy };
    shares.set(key, { ...named, alpha: (shares.get(key)?.alpha ?? 0) + alpha });
  }
  return [...shares.values()];
}

function refusalOf(
  { signal_id, source, instrument_id, reason_code, counterfactual }: RejectedSignal,
  { action, horizon_days, generated_at }: TradingSignal,
  known: PortfolioFacts,
  feeBps: number,
): OutcomeSubjects['refusals'][number] {
  const facts = known.instruments.get(instrument_id);
  const price = facts?.price ?? 0;
  const would = counterfactual?.would;
  const quantity = would?.action === action ? would.quantity : 0;
  const costs = quantity * price * ((facts?.halfSpread ?? 0) + feeBps * BASIS_POINT);
  return {
    signal_id,
    source,
    instrument_id,
    action,
    horizon_days: horizon_days ?? HORIZON_DEFAULT,
    generated_at,
    reason_code,
    would_trade: { quantity, price, costs },
  };
}
