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

type Facts = Partial<InstrumentFacts> | undefined;

/** Positions come first, then the request's market data, then the store's. A value out of its range counts as absent. */
export function factLookup(input: CoordinationInput): FactLookup {
  const positions = firstById(input.portfolio.positions);
  const request = firstById(input.market.requestFacts);
  const store = firstById(input.market.storeFacts);
  return (id) => {
    const position = positions.get(id);
    const [first, second]: [Facts, Facts] = [request.get(id), store.get(id)];
    return {
      price: positive(position?.price) ?? positive(first?.price) ?? positive(second?.price),
      sector: position?.sector ?? first?.sector ?? second?.sector ?? null,
      volatility: positive(first?.volatility) ?? positive(second?.volatility),
      adv: nonNegative(first?.adv) ?? nonNegative(second?.adv),
      halfSpread: nonNegative(first?.halfSpread) ?? nonNegative(second?.halfSpread),
      lotSize: positive(first?.lotSize) ?? positive(second?.lotSize) ?? DEFAULT_LOT_SIZE,
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

/** The value where it is in range. */
function positive(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 && value < Infinity ? value : undefined;
}

function nonNegative(value: number | undefined): number | undefined {
  return value !== undefined && value >= 0 && value < Infinity ? value : undefined;
}
