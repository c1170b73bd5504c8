import type { LimitClass, Parameters } from '#engine';
import type { CoordinationMode, CoordinationParameters } from './request.js';

/** The numbers of a mode that a request or a stored configuration may override. */
interface ModeDefaults {
  readonly riskAversion: number;
  readonly confidenceFloor: number;
  readonly riskBudgetShare: number;
  readonly maxParticipation: number;
  readonly maxTurnover: number;
  readonly cashBuffer: number;
}

export const MODE_DEFAULTS: Readonly<Record<CoordinationMode, ModeDefaults>> = {
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

/** Kept first to last when not all limits can hold. */
export const DEFAULT_LIMIT_PRIORITY: readonly LimitClass[] = [
  'restricted',
  'position',
  'risk',
  'sector',
  'cash',
  'correlation',
  'liquidity',
  'turnover',
  'gains',
];

/** The request's own parameters win over the stored configuration's, field by field; then the mode's defaults. */
export function resolveParameters(
  requested: CoordinationParameters = {},
  stored: CoordinationParameters = {},
): Parameters {
  const p: CoordinationParameters = { ...stored, ...requested };
  const mode = p.coordination_mode ?? 'BALANCED';
  const defaults = MODE_DEFAULTS[mode];
  return {
    mode,
    maxPositionSize: p.max_position_size ?? 0.05,
    correlationThreshold: p.correlation_threshold ?? 0.8,
    riskBudgetLimit: p.risk_budget_limit ?? 0.02,
    priorityWeights: p.priority_weights ?? {},
    horizonDays: p.horizon_days ?? 5,
    riskAversion: p.risk_aversion ?? defaults.riskAversion,
    confidenceFloor: p.min_confidence ?? defaults.confidenceFloor,
    riskBudgetShare: p.risk_budget_share ?? defaults.riskBudgetShare,
    maxParticipation: p.max_participation ?? defaults.maxParticipation,
    maxTurnover: p.max_turnover ?? defaults.maxTurnover,
    cashBuffer: p.cash_buffer ?? defaults.cashBuffer,
    maxSectorWeight: p.max_sector_weight ?? 0.3,
    executionDays: p.execution_days ?? 1,
    allowShort: p.allow_short ?? false,
    maxGross: p.max_gross ?? 1,
    tradeUniverse: p.trade_universe ?? 'SIGNALLED',
    feeBps: p.fee_bps ?? 0,
    minTradeNotional: p.min_trade_notional ?? 0,
    restricted: p.restricted ?? [],
    instrumentBounds: p.instrument_bounds ?? {},
    limitPriority: completePriority(p.limit_priority ?? []),
    tax: resolveTax(p.tax ?? {}),
  };
}

function resolveTax(tax: NonNullable<CoordinationParameters['tax']>): Parameters['tax'] {
  const { short_term, long_term, total } = tax.gain_budget ?? {};
  const budget = {
    ...(short_term === undefined ? {} : { shortTerm: short_term }),
    ...(long_term === undefined ? {} : { longTerm: long_term }),
    ...(total === undefined ? {} : { total }),
  };
  return {
    shortTermRate: tax.short_term_rate ?? 0,
    longTermRate: tax.long_term_rate ?? 0,
    harvest: tax.harvest ?? false,
    lotMethod: tax.lot_method ?? 'LEAST_TAX',
    ...(Object.keys(budget).length === 0 ? {} : { gainBudget: budget }),
  };
}

/** What the request leaves out keeps its default order behind what it names. */
function completePriority(named: readonly string[]): readonly LimitClass[] {
  const known = named.filter((name): name is LimitClass => DEFAULT_LIMIT_PRIORITY.some((c) => c === name));
  return [...known, ...DEFAULT_LIMIT_PRIORITY.filter((c) => !known.includes(c))];
}
