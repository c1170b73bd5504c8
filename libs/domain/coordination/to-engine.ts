import type {
  CoordinationInput,
  FactorModel,
  LearnedState,
  MarketSnapshot,
  Portfolio,
  RebalanceRequest as EngineRebalanceRequest,
  Regime,
  RiskInput,
  Signal,
  TaxFacts,
  TradingCalendar,
} from '#engine';
import type { MarketModel } from '../market-model/events.js';
import { parseTime } from '../time.js';
import { resolveParameters } from './parameters.js';
import type {
  CoordinationParameters,
  CoordinationRequest,
  MarketData,
  MarketInstrument,
  PortfolioState,
  RebalanceRequest,
  RecordedTrade,
  TradingSession,
  TradingSessions,
  TradingSignal,
  WireFactorModel,
} from './request.js';

export interface EngineContext {
  readonly portfolioState: PortfolioState;
  /** that waited in the stored portfolio's queue; default none */
  readonly queuedRebalances?: readonly RebalanceRequest[];
  readonly storedParameters?: CoordinationParameters;
  readonly marketModel?: MarketModel;
  readonly learnedState: LearnedState;
  readonly tradingSessions?: TradingSessions;
  readonly asOf: string;
  /** beside those of the request */
  readonly storedTrades?: readonly RecordedTrade[];
}

/** From the wire's names and times to the engine's. */
export function toEngineInput(request: CoordinationRequest, context: EngineContext): CoordinationInput {
  const asOf = parseTime(context.asOf);
  const toldAt = parseTime(context.portfolioState.as_of);
  const rebalanceRequests = [
    ...(request.rebalance_requests ?? []).map((r) => toRebalanceRequest(r, asOf, toldAt)),
    ...(context.queuedRebalances ?? []).map((r) => ({ ...toRebalanceRequest(r, asOf, toldAt), queued: true })),
  ];
  return {
    asOf,
    signals: request.signals.map(toSignal),
    portfolio: withDeposits(toPortfolio(context.portfolioState), rebalanceRequests, asOf),
    rebalanceRequests,
    parameters: resolveParameters(request.coordination_parameters, context.storedParameters),
    market: toMarket(request.market_data, context.marketModel, context.tradingSessions),
    learned: context.learnedState,
    ...toTax(request, context.storedTrades ?? []),
  };
}

/** Nothing where the request says nothing of it. */
function toTax(request: CoordinationRequest, stored: readonly RecordedTrade[]): { readonly tax?: TaxFacts } {
  const { recorded_trades: told = [], realised_gains_to_date: realised, lots_to_sell: lots = [] } = request;
  const trades = [...told, ...stored];
  if (trades.length === 0 && realised === undefined && lots.length === 0) return {};
  return {
    tax: {
      recordedTrades: trades.map((trade) => ({
        account: trade.account,
        instrumentId: trade.instrument_id,
        quantity: trade.quantity,
        tradedAt: parseTime(trade.traded_at),
        ...(trade.realised_gain === undefined ? {} : { realisedGain: trade.realised_gain }),
      })),
      realisedToDate: { shortTerm: realised?.short_term ?? 0, longTerm: realised?.long_term ?? 0 },
      lotsToSell: lots.map((named) => ({ instrumentId: named.instrument_id, lotIds: named.lot_ids })),
    },
  };
}

function toSignal(s: TradingSignal): Signal {
  return {
    signalId: s.signal_id,
    source: s.source,
    instrumentId: s.instrument_id,
    action: s.action,
    strength: s.strength,
    confidence: s.confidence,
    generatedAt: parseTime(s.generated_at),
    ...(s.horizon_days === undefined ? {} : { horizonDays: s.horizon_days }),
    ...(s.half_life_days === undefined ? {} : { halfLifeDays: s.half_life_days }),
    ...(s.expires_at === undefined ? {} : { expiresAt: parseTime(s.expires_at) }),
    ...(s.expected_return === undefined ? {} : { expectedReturn: s.expected_return }),
    ...(s.strategy === undefined ? {} : { strategy: s.strategy }),
  };
}

function toPortfolio(state: PortfolioState): Portfolio {
  return {
    portfolioId: state.portfolio_id,
    cash: state.cash,
    positions: state.positions.map((p) => ({
      instrumentId: p.instrument_id,
      quantity: p.quantity,
      ...(p.price === undefined ? {} : { price: p.price }),
      ...(p.sector === undefined ? {} : { sector: p.sector }),
      ...(p.tax_lots === undefined
        ? {}
        : {
            taxLots: p.tax_lots.map((lot) => ({
              lotId: lot.lot_id,
              quantity: lot.quantity,
              costBasis: lot.cost_basis,
              acquiredAt: parseTime(lot.acquired_at),
            })),
          }),
    })),
    openOrders: (state.open_orders ?? []).map((o) => ({ instrumentId: o.instrument_id, quantity: o.quantity })),
  };
}

/** Deposits whose date has come are cash, though Portfolio Management has not told of them yet. */
function withDeposits(portfolio: Portfolio, requests: readonly EngineRebalanceRequest[], asOf: number): Portfolio {
  let { cash } = portfolio;
  for (const { cashFlow } of requests) {
    if (cashFlow !== undefined && cashFlow.amount > 0 && cashFlow.at <= asOf) cash += cashFlow.amount;
  }
  return { ...portfolio, cash };
}

/** A cash flow from before the time at which the portfolio's state was told is in that state. */
function toRebalanceRequest(r: RebalanceRequest, asOf: number, toldAt: number): EngineRebalanceRequest {
  const flowAt = r.cash_flow?.at === undefined ? asOf : parseTime(r.cash_flow.at);
  return {
    rebalanceId: r.rebalance_id,
    targets: r.targets.map((t) => ({ instrumentId: t.instrument_id, targetWeight: t.target_weight })),
    priority: r.priority ?? 5,
    ...(r.reason === undefined ? {} : { reason: r.reason }),
    ...(r.deadline === undefined ? {} : { deadline: parseTime(r.deadline) }),
    ...(r.tolerance === undefined ? {} : { tolerance: r.tolerance }),
    ...(r.tax_sensitive === undefined ? {} : { taxSensitive: r.tax_sensitive }),
    ...(r.tax_sensitivity === undefined ? {} : { taxSensitivity: r.tax_sensitivity }),
    ...(r.cash_flow === undefined || (r.cash_flow.at !== undefined && flowAt <= toldAt)
      ? {}
      : { cashFlow: { amount: r.cash_flow.amount, at: flowAt } }),
  };
}

function toMarket(
  data: MarketData | undefined,
  model: MarketModel | undefined,
  sessions: TradingSessions | undefined,
): MarketSnapshot {
  const calendar = toCalendar(data?.sessions, sessions);
  return {
    requestFacts: (data?.instruments ?? []).map(toFacts),
    storeFacts: (model?.instruments ?? []).map(toFacts),
    risk: toRisk(data, model),
    ...(model?.history === undefined ? {} : { history: model.history }),
    ...(calendar === undefined ? {} : { calendar }),
    ...(data?.volume_profile === undefined ? {} : { volumeProfile: data.volume_profile }),
    ...(data?.volume_profiles === undefined ? {} : { volumeProfiles: data.volume_profiles }),
  };
}

/** The request's own sessions win over the calendar's. */
function toCalendar(
  own: readonly TradingSession[] | undefined,
  known: TradingSessions | undefined,
): TradingCalendar | undefined {
  const listed = own ?? known?.sessions;
  if (listed === undefined) return undefined;
  const sessions = listed.map(({ open_at, close_at }) => ({
    openAt: parseTime(open_at),
    closeAt: parseTime(close_at),
  }));
  const longest = sessions.reduce((most, { openAt, closeAt }) => Math.max(most, closeAt - openAt), 0);
  return {
    sessions,
    ordinaryMs: own === undefined && known !== undefined ? known.ordinary_minutes * MINUTE_MS : longest,
  };
}

const MINUTE_MS = 60_000;

function toFacts(i: MarketInstrument): MarketSnapshot['requestFacts'][number] {
  return {
    instrumentId: i.instrument_id,
    price: i.price,
    ...(i.sector === undefined ? {} : { sector: i.sector }),
    ...(i.volatility === undefined ? {} : { volatility: i.volatility }),
    ...(i.adv === undefined ? {} : { adv: i.adv }),
    ...(i.half_spread === undefined ? {} : { halfSpread: i.half_spread }),
    ...(i.lot_size === undefined ? {} : { lotSize: i.lot_size }),
  };
}

/** The request's own risk model wins over the published one. */
function toRisk(data: MarketData | undefined, model: MarketModel | undefined): RiskInput {
  if (data?.factor_model) {
    return { kind: 'FACTOR_MODEL', origin: 'REQUEST', model: toFactorModel(data.factor_model, 'inline', 'NORMAL') };
  }
  if (data?.correlation_matrix) {
    return {
      kind: 'CORRELATION',
      instruments: data.correlation_matrix.instruments,
      values: data.correlation_matrix.values,
    };
  }
  if (model) {
    return {
      kind: 'FACTOR_MODEL',
      origin: 'STORE',
      model: toFactorModel(model.factor_model, model.model_id, model.regime),
    };
  }
  return { kind: 'PRIOR' };
}

function toFactorModel(model: WireFactorModel, id: string, regime: Regime): FactorModel {
  return {
    id,
    instruments: model.instruments,
    loadings: model.loadings,
    factorCovariance: model.factor_covariance,
    specificVariance: model.specific_variance,
    regime,
  };
}
