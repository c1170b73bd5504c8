import type { CoordinationInput, InstrumentFacts } from '../input.js';
import { DEFAULT_LOT_SIZE, PRIOR_HALF_SPREAD } from './prior.js';

/** One instrument's facts, each from the first place that has it (model, section 1); undefined where none has. */
export interface KnownFacts {
  readonly price: number | undefined;
  readonly sector: string | null;
  readonly volatility: number | undefined;
  readonly adv: number | undefined;
  readonly halfSpread: number | undefined;
  readonly lotSize: number;
}

export type FactLookup = (instrumentId: string) => KnownFacts;

/** Positions come first, then the request's market data, then the store's. A value out of its range counts as absent. */
export function factLookup(input: CoordinationInput): FactLookup {
  const positions = firstById(input.portfolio.positions);
  const request = firstById(input.market.requestFacts);
  const store = firstById(input.market.storeFacts);
  return (id) => {
    const places: readonly (Partial<InstrumentFacts> | undefined)[] = [
      positions.get(id),
      request.get(id),
      store.get(id),
    ];
    const first = (
      pick: (facts: Partial<InstrumentFacts>) => number | undefined,
      valid: (value: number) => boolean,
    ) => {
      for (const facts of places) {
        const value = facts && pick(facts);
        if (value !== undefined && valid(value)) return value;
      }
      return undefined;
    };
    return {
      price: first((facts) => facts.price, isPositive),
      sector: places.find((facts) => facts?.sector !== undefined)?.sector ?? null,
      volatility: first((facts) => facts.volatility, isPositive),
      adv: first((facts) => facts.adv, isNonNegative),
      halfSpread: first((facts) => facts.halfSpread, isNonNegative),
      lotSize: first((facts) => facts.lotSize, isPositive) ?? DEFAULT_LOT_SIZE,
    };
  };
}

export function halfSpreadOf(facts: KnownFacts): number {
  return facts.halfSpread ?? PRIOR_HALF_SPREAD;
}

function firstById<T extends { readonly instrumentId: string }>(records: readonly T[]): ReadonlyMap<string, T> {
  const byId = new Map<string, T>();
  for (const record of records) {
    if (!byId.has(record.instrumentId)) byId.set(record.instrumentId, record);
  }
  return byId;
}

function isPositive(value: number): boolean {
  return value > 0 && value < Infinity;
}

function isNonNegative(value: number): boolean {
  return value >= 0 && value < Infinity;
}
