import type {
  CoordinationInput,
  FactorModel,
  Parameters,
  Position,
  RebalanceRequest,
  ReturnHistory,
  Signal,
  TaxFacts,
  TaxLot,
} from './input.js';

/** An instrument of a test's world; what is left out is ordinary: liquid, a spread of 2 bps, 1.5 % a day. */
export interface GivenInstrument {
  readonly id: string;
  /** shares held */
  readonly held?: number;
  readonly price?: number;
  readonly sigma?: number;
  readonly adv?: number;
  readonly halfSpread?: number;
  readonly sector?: string;
  readonly lotSize?: number;
  readonly taxLots?: readonly TaxLot[];
}

/** A signal of a test's world; what is left out is a confident BUY of now. */
interface GivenSignal extends Partial<Omit<Signal, 'instrumentId'>> {
  readonly on: string;
}

export interface GivenCoordination {
  readonly instruments: readonly GivenInstrument[];
  readonly cash?: number;
  readonly signals?: readonly GivenSignal[];
  readonly requests?: readonly RebalanceRequest[];
  readonly parameters?: Partial<Parameters>;
  readonly openOrders?: CoordinationInput['portfolio']['openOrders'];
  readonly history?: ReturnHistory;
  readonly tax?: Partial<TaxFacts>;
  /** common factor's share of each instrument's variance; default 0.25 */
  readonly common?: number;
}

/** 2024-06-03T14:30:00Z */
export const NOW = 1_717_425_000_000;
export const DAY_MS = 86_400_000;

/** A BALANCED coordination of a portfolio with limits that do not bind until a test makes them. */
export function given(world: GivenCoordination): CoordinationInput {
  const positions = world.instruments.filter(({ held }) => held !== undefined && held !== 0).map(toPosition);
  return {
    asOf: NOW,
    signals: (world.signals ?? []).map(toSignal),
    portfolio: { portfolioId: 'p1', cash: world.cash ?? 1_000_000, positions, openOrders: world.openOrders ?? [] },
    rebalanceRequests: world.requests ?? [],
    parameters: { ...balanced, ...world.parameters },
    market: {
      requestFacts: world.instruments.map((instrument) => ({
        instrumentId: instrument.id,
        price: instrument.price ?? 100,
        volatility: instrument.sigma ?? 0.015,
        adv: instrument.adv ?? 1e7,
        halfSpread: instrument.halfSpread ?? 0.0002,
        lotSize: instrument.lotSize ?? 1,
        ...(instrument.sector === undefined ? {} : { sector: instrument.sector }),
      })),
      storeFacts: [],
      risk: { kind: 'FACTOR_MODEL', origin: 'REQUEST', model: oneFactor(world.instruments, world.common ?? 0.25) },
      ...(world.history === undefined ? {} : { history: world.history }),
    },
    learned: { id: 'prior', reliability: {}, regimeMultiplier: {}, errorCorrelation: [] },
    ...(world.tax === undefined ? {} : { tax: { ...NO_TAX_FACTS, ...world.tax } }),
  };
}

const NO_TAX_FACTS: TaxFacts = {
  recordedTrades: [],
  realisedToDate: { shortTerm: 0, longTerm: 0 },
  lotsToSell: [],
};

const balanced: Parameters = {
  mode: 'BALANCED',
  maxPositionSize: 0.2,
  correlationThreshold: 0.95,
  riskBudgetLimit: 0.02,
  priorityWeights: {},
  horizonDays: 5,
  riskAversion: 10,
  confidenceFloor: 0.05,
  riskBudgetShare: 0.9,
  maxParticipation: 0.1,
  maxTurnover: 0.5,
  cashBuffer: 0.01,
  maxSectorWeight: 0.5,
  executionDays: 1,
  allowShort: false,
  maxGross: 1,
  tradeUniverse: 'SIGNALLED',
  feeBps: 0,
  minTradeNotional: 0,
  restricted: [],
  instrumentBounds: {},
  limitPriority: ['restricted', 'position', 'risk', 'sector', 'cash', 'correlation', 'liquidity', 'turnover', 'gains'],
  tax: { shortTermRate: 0, longTermRate: 0, harvest: false },
};

/** A request for one target, of ordinary priority. */
export function rebalance(
  instrumentId: string,
  targetWeight: number,
  more: Partial<RebalanceRequest> = {},
): RebalanceRequest {
  return { rebalanceId: `rb-${instrumentId}`, targets: [{ instrumentId, targetWeight }], priority: 5, ...more };
}

function toPosition({ id, held = 0, price = 100, sector, taxLots }: GivenInstrument): Position {
  return {
    instrumentId: id,
    quantity: held,
    price,
    ...(sector === undefined ? {} : { sector }),
    ...(taxLots === undefined ? {} : { taxLots }),
  };
}

function toSignal({ on, ...signal }: GivenSignal, position: number): Signal {
  return {
    signalId: `s${position}`,
    source: `source${position}`,
    instrumentId: on,
    action: 'BUY',
    strength: 0.8,
    confidence: 0.9,
    generatedAt: NOW,
    horizonDays: 5,
    ...signal,
  };
}

function oneFactor(instruments: readonly GivenInstrument[], common: number): FactorModel {
  const sigmas = instruments.map(({ sigma = 0.015 }) => sigma);
  return {
    id: 'inline',
    instruments: instruments.map(({ id }) => id),
    loadings: sigmas.map((sigma) => [Math.sqrt(common) * sigma]),
    factorCovariance: [[1]],
    specificVariance: sigmas.map((sigma) => (1 - common) * sigma * sigma),
    regime: 'NORMAL',
  };
}
