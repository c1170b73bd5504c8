/**
 * Everything a coordination depends on. The engine is a pure function of this record: no clock, no randomness,
 * no I/O. Times are epoch milliseconds (fractions allowed), returns are simple, volatilities and covariances are of
 * one trading day, weights and budgets are fractions of NAV, quantities are shares.
 */
export interface CoordinationInput {
  readonly asOf: number;
  readonly signals: readonly Signal[];
  readonly portfolio: Portfolio;
  readonly rebalanceRequests: readonly RebalanceRequest[];
  readonly parameters: Parameters;
  readonly market: MarketSnapshot;
  readonly learned: LearnedState;
  /** what lies outside the portfolio and bears on its tax; default nothing */
  readonly tax?: TaxFacts;
}

export type Action = 'BUY' | 'SELL' | 'HOLD';
export type CoordinationMode = 'AGGRESSIVE' | 'BALANCED' | 'CONSERVATIVE';
export type Regime = 'CALM' | 'NORMAL' | 'STRESSED';
export type TradeUniverse = 'SIGNALLED' | 'ALL';

export interface Signal {
  readonly signalId: string;
  readonly source: string;
  readonly instrumentId: string;
  readonly action: Action;
  /** [0, 1] */
  readonly strength: number;
  /** [0, 1] */
  readonly confidence: number;
  readonly generatedAt: number;
  /** trading days; default 5 */
  readonly horizonDays?: number;
  /** trading days; default half the horizon */
  readonly halfLifeDays?: number;
  readonly expiresAt?: number;
  /** over the signal's own horizon */
  readonly expectedReturn?: number;
  readonly strategy?: string;
}

export interface Portfolio {
  readonly portfolioId: string;
  readonly cash: number;
  readonly positions: readonly Position[];
  /** signed quantities that earlier coordinations still have in the market */
  readonly openOrders: readonly { readonly instrumentId: string; readonly quantity: number }[];
}

export interface Position {
  readonly instrumentId: string;
  readonly quantity: number;
  readonly price?: number;
  readonly sector?: string;
  readonly taxLots?: readonly TaxLot[];
}

export interface TaxLot {
  readonly lotId: string;
  readonly quantity: number;
  /** a share */
  readonly costBasis: number;
  readonly acquiredAt: number;
}

export interface RebalanceRequest {
  readonly rebalanceId: string;
  readonly targets: readonly { readonly instrumentId: string; readonly targetWeight: number }[];
  readonly reason?: string;
  /** 1..10, default 5 */
  readonly priority: number;
  readonly deadline?: number;
  readonly tolerance?: number;
  readonly taxSensitive?: boolean;
  /** how much tax weighs in the trades that it asks for, in place of the entry `tax` of the priority weights */
  readonly taxSensitivity?: number;
  /** money that comes (positive) or goes, and is not in the portfolio's cash yet */
  readonly cashFlow?: { readonly amount: number; readonly at: number };
  /** it waited in the portfolio's queue: a target without a price does not stop the coordination */
  readonly queued?: boolean;
}

/** Every parameter resolved: mode defaults, then the stored configuration, then the request. */
export interface Parameters {
  readonly mode: CoordinationMode;
  readonly maxPositionSize: number;
  readonly correlationThreshold: number;
  readonly riskBudgetLimit: number;
  readonly priorityWeights: Readonly<Record<string, number>>;
  readonly horizonDays: number;
  readonly riskAversion: number;
  readonly confidenceFloor: number;
  readonly riskBudgetShare: number;
  readonly maxParticipation: number;
  readonly maxTurnover: number;
  readonly cashBuffer: number;
  readonly maxSectorWeight: number;
  readonly executionDays: number;
  readonly allowShort: boolean;
  readonly maxGross: number;
  readonly tradeUniverse: TradeUniverse;
  readonly feeBps: number;
  /** money */
  readonly minTradeNotional: number;
  readonly restricted: readonly string[];
  readonly instrumentBounds: Readonly<Record<string, { readonly min?: number; readonly max?: number }>>;
  readonly limitPriority: readonly LimitClass[];
  readonly tax: TaxParameters;
}

/** Which lots a sale takes: those of least tax, of the highest basis, the oldest, or those that are named. */
export type LotMethod = 'LEAST_TAX' | 'HIFO' | 'FIFO' | 'SPECIFIC';

export interface TaxParameters {
  readonly shortTermRate: number;
  readonly longTermRate: number;
  /** whether a realised loss is worth tax */
  readonly harvest: boolean;
  /** default LEAST_TAX */
  readonly lotMethod?: LotMethod;
  /** what the net gains realised may come to, what is realised already included; money */
  readonly gainBudget?: { readonly shortTerm?: number; readonly longTerm?: number; readonly total?: number };
}

export interface TaxFacts {
  /** trades of any account that a loss may be washed by, past and planned */
  readonly recordedTrades: readonly RecordedTrade[];
  /** net gains of the tax year so far, losses negative; money */
  readonly realisedToDate: { readonly shortTerm: number; readonly longTerm: number };
  /** for SPECIFIC: the lots to sell, in order */
  readonly lotsToSell: readonly { readonly instrumentId: string; readonly lotIds: readonly string[] }[];
}

export interface RecordedTrade {
  readonly account: string;
  readonly instrumentId: string;
  /** signed shares */
  readonly quantity: number;
  /** in the future where it is planned */
  readonly tradedAt: number;
  /** of a sale: what it realised, a loss negative; money */
  readonly realisedGain?: number;
}

export type LimitClass =
  'restricted' | 'position' | 'risk' | 'sector' | 'cash' | 'correlation' | 'liquidity' | 'turnover' | 'gains';

export interface InstrumentFacts {
  readonly instrumentId: string;
  readonly price?: number;
  readonly sector?: string;
  /** of one day */
  readonly volatility?: number;
  /** shares a day */
  readonly adv?: number;
  /** fraction of the price */
  readonly halfSpread?: number;
  readonly lotSize?: number;
}

export interface MarketSnapshot {
  /** facts that came with the request; they win over the store's */
  readonly requestFacts: readonly InstrumentFacts[];
  readonly storeFacts: readonly InstrumentFacts[];
  readonly risk: RiskInput;
  /** daily simple returns for historical simulation, oldest first; absent where there is no history */
  readonly history?: ReturnHistory;
  /** when orders may trade; default: from `asOf` on, 6.5 hours on each execution day */
  readonly calendar?: TradingCalendar;
  /** expected volumes of equally long parts of a session, in any unit; of all instruments (default flat), and of some their own */
  readonly volumeProfile?: readonly number[];
  readonly volumeProfiles?: Readonly<Record<string, readonly number[]>>;
}

/** The sessions of an exchange: its holidays, half days and changes of the clock are in them. */
export interface TradingCalendar {
  /** ascending, without overlap */
  readonly sessions: readonly { readonly openAt: number; readonly closeAt: number }[];
  /** length of an ordinary session; a shorter one has as much less volume and variance */
  readonly ordinaryMs: number;
}

export interface ReturnHistory {
  /** YYYY-MM-DD, one a row */
  readonly dates: readonly string[];
  readonly instruments: readonly string[];
  /** rows x instruments; null where missing */
  readonly values: readonly (readonly (number | null)[])[];
}

export type RiskInput =
  | { readonly kind: 'FACTOR_MODEL'; readonly origin: 'REQUEST' | 'STORE'; readonly model: FactorModel }
  | {
      readonly kind: 'CORRELATION';
      readonly instruments: readonly string[];
      readonly values: readonly (readonly number[])[];
    }
  | { readonly kind: 'PRIOR' };

/** Sigma = B F B' + diag(D), daily. */
export interface FactorModel {
  /** content hash of a published model, or `inline` */
  readonly id: string;
  readonly instruments: readonly string[];
  /** B: n x k */
  readonly loadings: readonly (readonly number[])[];
  /** F: k x k */
  readonly factorCovariance: readonly (readonly number[])[];
  /** D: n */
  readonly specificVariance: readonly number[];
  readonly regime: Regime;
}

export interface LearnedState {
  readonly id: string;
  /** r_j, prior 0.5 */
  readonly reliability: Readonly<Record<string, number>>;
  /** m_jg by source, then regime; prior 1 */
  readonly regimeMultiplier: Readonly<Record<string, Partial<Readonly<Record<Regime, number>>>>>;
  /** learned error correlations of pairs of sources; prior 0.2 */
  readonly errorCorrelation: readonly { readonly a: string; readonly b: string; readonly rho: number }[];
  /**
   * what decision confidences have come to: piecewise linear through points (said, hit rate), both in [0, 1], said ascending and
   * hit rates not descending; constant beyond the ends. Absent: identity
   */
  readonly calibration?: { readonly points: readonly (readonly [number, number])[] };
  /** scale of views without an expected return, > 0; absent: 0.5 */
  readonly zeta?: number;
  /** half-lives by source, trading days, > 0, for signals that state none; absent: half the signal's horizon */
  readonly halfLifeDays?: Readonly<Record<string, number>>;
}
