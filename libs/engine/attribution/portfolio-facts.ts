import type { CoordinationInput } from '../input.js';
import { buildUniverse, type UniverseResult } from '../risk/index.js';
import { synthesise } from '../signals/index.js';

/** What was known of a portfolio and its instruments when it was decided: what outcomes are measured by. */
export interface PortfolioFacts {
  /** money */
  readonly nav: number;
  readonly instruments: ReadonlyMap<string, InstrumentKnown>;
}

export interface InstrumentKnown {
  /** money a share */
  readonly price: number;
  /** volatility of one day */
  readonly sigma: number;
  /** fraction of the price */
  readonly halfSpread: number;
  readonly sector?: string;
  /** expected return over the horizon, from all signals, those on other instruments among them */
  readonly alpha: number;
}

/** Facts as the universe of the coordination has them; instruments without a price are left out. */
export function portfolioFacts(
  input: CoordinationInput,
): PortfolioFacts | { readonly invalid: Exclude<UniverseResult, { kind: 'UNIVERSE' }> } {
  const built = buildUniverse(input);
  if (built.kind !== 'UNIVERSE') return { invalid: built };
  const { universe } = built;
  const { alpha } = synthesise(input, universe);
  const instruments = new Map<string, InstrumentKnown>();
  for (const [i, id] of universe.ids.entries()) {
    const sector = universe.sector[i]!;
    instruments.set(id, {
      price: universe.price[i]!,
      sigma: universe.sigma[i]!,
      halfSpread: universe.halfSpread[i]!,
      alpha: alpha[i]!,
      ...(sector === null ? {} : { sector }),
    });
  }
  return { nav: universe.nav, instruments };
}
