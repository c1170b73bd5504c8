import type { CoordinationInput } from '../input.js';
import { buildUniverse, type UniverseResult } from '../risk/index.js';

/** What was known of an instrument when it was decided: what an execution is measured by. */
export interface OrderFacts {
  readonly instrumentId: string;
  /** money a share */
  readonly price: number;
  /** volatility of one day */
  readonly sigma: number;
  /** fraction of the price */
  readonly halfSpread: number;
  /** shares a day; absent where unknown */
  readonly adv?: number;
}

/** The facts of some instruments as the universe of the coordination has them, in the order asked for. */
export function orderFacts(
  input: CoordinationInput,
  instrumentIds: readonly string[],
): readonly OrderFacts[] | { readonly invalid: Exclude<UniverseResult, { kind: 'UNIVERSE' }> } {
  const built = buildUniverse(input, instrumentIds);
  if (built.kind !== 'UNIVERSE') return { invalid: built };
  const { index, price, sigma, halfSpread, adv } = built.universe;
  return instrumentIds.map((instrumentId) => {
    const i = index.get(instrumentId)!;
    return {
      instrumentId,
      price: price[i]!,
      sigma: sigma[i]!,
      halfSpread: halfSpread[i]!,
      ...(adv[i] === Infinity ? {} : { adv: adv[i]! }),
    };
  });
}
