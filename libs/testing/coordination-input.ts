import { PRIOR_LEARNED_STATE, resolveParameters } from '#domain';
import type { CoordinationInput, LearnedState, MarketSnapshot, Parameters, Portfolio, Signal } from '#engine';

/** 2024-03-01T15:00:00Z */
export const AS_OF = 1_709_305_200_000;
export const DAY_MS = 86_400_000;

/** A BALANCED parameter set with every default of the model. */
export const parameters = (overrides: Partial<Parameters> = {}): Parameters => ({
  ...resolveParameters(),
  ...overrides,
});

/** A fresh BUY of source `momentum`; `signalId` and `instrumentId` are the caller's. */
export function signal(
  signalId: string,
  instrumentId: string,
  overrides: Partial<Omit<Signal, 'signalId' | 'instrumentId'>> = {},
): Signal {
  return {
    signalId,
    instrumentId,
    source: 'momentum',
    action: 'BUY',
    strength: 0.8,
    confidence: 0.7,
    generatedAt: AS_OF,
    ...overrides,
  };
}

export interface InputParts {
  readonly signals?: readonly Signal[];
  readonly portfolio?: Partial<Portfolio>;
  readonly market?: Partial<MarketSnapshot>;
  readonly learned?: Partial<LearnedState>;
  readonly parameters?: Partial<Parameters>;
  readonly rebalanceRequests?: CoordinationInput['rebalanceRequests'];
}

/** A request with a million in cash, no positions, no risk model and nothing learned, but for what is given. */
export function coordinationInput(parts: InputParts = {}): CoordinationInput {
  return {
    asOf: AS_OF,
    signals: parts.signals ?? [],
    portfolio: { portfolioId: 'p', cash: 1_000_000, positions: [], openOrders: [], ...parts.portfolio },
    rebalanceRequests: parts.rebalanceRequests ?? [],
    parameters: parameters(parts.parameters),
    market: { requestFacts: [], storeFacts: [], risk: { kind: 'PRIOR' }, ...parts.market },
    learned: { ...PRIOR_LEARNED_STATE, ...parts.learned },
  };
}
