import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type {
  CoordinationInput,
  CoordinationMode,
  InstrumentFacts,
  Parameters,
  RebalanceRequest,
  RiskInput,
  Signal,
} from '#engine';

/**
 * Real coordination requests with the model's answer from a separate implementation, read from the folder that the
 * environment variable COORDINATION_SHARED names, or from `../shared` beside the repository. Tests that use them skip where it is absent.
 */
export interface SharedRequest {
  readonly input: CoordinationInput;
  /** the ids of `market_data.instruments`, the order of every array in `expected` */
  readonly instruments: readonly string[];
  readonly expected: ExpectedAnswer;
}

export interface ExpectedAnswer {
  /** position of a signal in the list, as a string, to its screening code */
  readonly rej: Readonly<Record<string, string>>;
  readonly alpha: readonly number[];
  readonly w0: readonly number[];
  /** reference weights, and the tracking penalty of section 4 */
  readonly b: readonly number[];
  readonly rho: readonly number[];
  /** linear and impact cost coefficients */
  readonly c: readonly number[];
  readonly k: readonly number[];
  /** one optimum of the continuous problem, about 1e-5 accurate */
  readonly w: readonly number[];
  /** its utility in basis points of NAV */
  readonly value: number;
  readonly gamma: number;
  readonly h: number;
  readonly broken: boolean;
  readonly named: readonly string[];
}

const root = join(process.env['COORDINATION_SHARED'] ?? join(process.cwd(), '..', 'shared'), 'requests');

/** Names of the shared requests in ascending order; none where the folder is absent. */
export function sharedRequestNames(): readonly string[] {
  const bodies = join(root, 'bodies');
  if (!existsSync(bodies)) return [];
  return readdirSync(bodies)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
}

/** The body of `POST /coordinate` as it stands. */
export function readSharedBody(name: string): SharedBody {
  return JSON.parse(readFileSync(join(root, 'bodies', `${name}.json`), 'utf8')) as SharedBody;
}

export function readSharedRequest(name: string): SharedRequest {
  const body = readSharedBody(name);
  const answers = JSON.parse(readFileSync(join(root, 'expected.json'), 'utf8')) as Record<string, ExpectedAnswer>;
  const expected = answers[name];
  if (expected === undefined) throw new Error(`no expected answer for ${name}`);
  return { input: toInput(body), instruments: body.market_data.instruments.map((i) => i.instrument_id), expected };
}

/** The part of the wire that the shared requests use. */
export interface SharedBody {
  readonly as_of: string;
  readonly signals: readonly {
    readonly signal_id: string;
    readonly source: string;
    readonly instrument_id: string;
    readonly action: Signal['action'];
    readonly strength: number;
    readonly confidence: number;
    readonly generated_at: string;
    readonly horizon_days: number;
  }[];
  readonly portfolio_state: {
    readonly portfolio_id: string;
    readonly cash: number;
    readonly positions: readonly {
      readonly instrument_id: string;
      readonly quantity: number;
      readonly price: number;
      readonly sector: string;
    }[];
  };
  readonly rebalance_requests?: readonly {
    readonly rebalance_id: string;
    readonly targets: readonly { readonly instrument_id: string; readonly target_weight: number }[];
    readonly reason?: string;
    readonly priority?: number;
  }[];
  readonly coordination_parameters: {
    readonly max_position_size: number;
    readonly correlation_threshold: number;
    readonly risk_budget_limit: number;
    readonly priority_weights: Readonly<Record<string, number>>;
    readonly coordination_mode: CoordinationMode;
  };
  readonly market_data: {
    readonly instruments: readonly {
      readonly instrument_id: string;
      readonly price: number;
      readonly sector: string;
      readonly volatility: number;
      readonly adv: number;
      readonly half_spread: number;
      readonly lot_size: number;
    }[];
    readonly factor_model: {
      readonly instruments: readonly string[];
      readonly loadings: readonly (readonly number[])[];
      readonly factor_covariance: readonly (readonly number[])[];
      readonly specific_variance: readonly number[];
    };
  };
}

/** The table of modes as the model gives it, kept apart from the service's own so that each checks the other. */
const MODES: Readonly<
  Record<
    CoordinationMode,
    Pick<
      Parameters,
      'riskAversion' | 'confidenceFloor' | 'riskBudgetShare' | 'maxParticipation' | 'maxTurnover' | 'cashBuffer'
    >
  >
> = {
  AGGRESSIVE: {
    riskAversion: 4,
    confidenceFloor: 0.02,
    riskBudgetShare: 1,
    maxParticipation: 0.2,
    maxTurnover: 0.5,
    cashBuffer: 0,
  },
  BALANCED: {
    riskAversion: 10,
    confidenceFloor: 0.05,
    riskBudgetShare: 0.9,
    maxParticipation: 0.1,
    maxTurnover: 0.25,
    cashBuffer: 0.01,
  },
  CONSERVATIVE: {
    riskAversion: 25,
    confidenceFloor: 0.1,
    riskBudgetShare: 0.75,
    maxParticipation: 0.05,
    maxTurnover: 0.1,
    cashBuffer: 0.03,
  },
};

function toInput(body: SharedBody): CoordinationInput {
  return {
    asOf: toMilliseconds(body.as_of),
    signals: body.signals.map(toSignal),
    portfolio: {
      portfolioId: body.portfolio_state.portfolio_id,
      cash: body.portfolio_state.cash,
      positions: body.portfolio_state.positions.map((p) => ({
        instrumentId: p.instrument_id,
        quantity: p.quantity,
        price: p.price,
        sector: p.sector,
      })),
      openOrders: [],
    },
    rebalanceRequests: (body.rebalance_requests ?? []).map(toRebalanceRequest),
    parameters: toParameters(body.coordination_parameters),
    market: { requestFacts: body.market_data.instruments.map(toFacts), storeFacts: [], risk: toRisk(body) },
    learned: { id: 'prior', reliability: {}, regimeMultiplier: {}, errorCorrelation: [] },
  };
}

function toSignal(signal: SharedBody['signals'][number]): Signal {
  return {
    signalId: signal.signal_id,
    source: signal.source,
    instrumentId: signal.instrument_id,
    action: signal.action,
    strength: signal.strength,
    confidence: signal.confidence,
    generatedAt: toMilliseconds(signal.generated_at),
    horizonDays: signal.horizon_days,
  };
}

function toRebalanceRequest(request: NonNullable<SharedBody['rebalance_requests']>[number]): RebalanceRequest {
  return {
    rebalanceId: request.rebalance_id,
    targets: request.targets.map((t) => ({ instrumentId: t.instrument_id, targetWeight: t.target_weight })),
    priority: request.priority ?? 5,
    ...(request.reason === undefined ? {} : { reason: request.reason }),
  };
}

function toParameters(given: SharedBody['coordination_parameters']): Parameters {
  return {
    mode: given.coordination_mode,
    maxPositionSize: given.max_position_size,
    correlationThreshold: given.correlation_threshold,
    riskBudgetLimit: given.risk_budget_limit,
    priorityWeights: given.priority_weights,
    ...MODES[given.coordination_mode],
    horizonDays: 5,
    maxSectorWeight: 0.3,
    executionDays: 1,
    allowShort: false,
    maxGross: 1,
    tradeUniverse: 'SIGNALLED',
    feeBps: 0,
    minTradeNotional: 0,
    restricted: [],
    instrumentBounds: {},
    limitPriority: ['restricted', 'position', 'risk', 'sector', 'cash', 'correlation', 'liquidity', 'turnover'],
    tax: { shortTermRate: 0, longTermRate: 0, harvest: false },
  };
}

function toFacts(facts: SharedBody['market_data']['instruments'][number]): InstrumentFacts {
  return {
    instrumentId: facts.instrument_id,
    price: facts.price,
    sector: facts.sector,
    volatility: facts.volatility,
    adv: facts.adv,
    halfSpread: facts.half_spread,
    lotSize: facts.lot_size,
  };
}

function toRisk({ market_data: { factor_model: model } }: SharedBody): RiskInput {
  return {
    kind: 'FACTOR_MODEL',
    origin: 'REQUEST',
    model: {
      id: 'inline',
      instruments: model.instruments,
      loadings: model.loadings,
      factorCovariance: model.factor_covariance,
      specificVariance: model.specific_variance,
      regime: 'NORMAL',
    },
  };
}

/** Date.parse keeps milliseconds; the requests have nanoseconds. */
function toMilliseconds(time: string): number {
  const seconds = Date.parse(`${time.slice(0, 19)}Z`);
  const fraction = /\.\d+/.exec(time);
  return fraction === null ? seconds : seconds + 1000 * Number(fraction[0]);
}
