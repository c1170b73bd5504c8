import { coordinate } from '../coordinate.js';
import type { CoordinationInput } from '../input.js';
import { ExactSum } from '../numerics/index.js';
import type { CoordinationResult } from '../result.js';
import type { Optimiser } from '../solver/problem.js';

/** What a coordination is worth: its utility, or what its decisions earned. */
export type Worth = (result: CoordinationResult) => number;

/** U(w) of the answer, fraction of NAV. */
export const utilityOf: Worth = (result) => result.summary.utility;

/**
 * What the decisions made over their horizon after their expected costs, fraction of NAV.
 *
 * @param realised returns by instrument; one that is missing counts as 0
 */
export function realisedProfitOf(realised: ReadonlyMap<string, number>): Worth {
  return ({ decisions }) => {
    const total = new ExactSum();
    for (const { instrumentId, impact, risk } of decisions) {
      const { spread, fee, impact: market, tax } = risk.expectedCostBps;
      total.add(impact.positionChange * (realised.get(instrumentId) ?? 0));
      total.add(-1e-4 * (spread + fee + market + tax));
    }
    return total.value;
  };
}

/**
 * The characteristic function of the game between the sources of one coordination: what the coordination, solved again with the signals of some
 * sources only, is worth. For `shapley`.
 */
export function sourceGame(
  input: CoordinationInput,
  optimiser: Optimiser,
  worth: Worth,
): {
  readonly players: readonly string[];
  readonly worth: (members: readonly string[]) => number;
} {
  const players = [...new Set(input.signals.map(({ source }) => source))].sort((a, b) => (a < b ? -1 : 1));
  return {
    players,
    worth: (members) => {
      const kept = new Set(members);
      const signals = input.signals.filter(({ source }) => kept.has(source));
      const result = coordinate({ ...input, signals }, optimiser, { limitsRemoved: 0, impactAssessment: false });
      if ('invalid' in result) throw new Error(`sourceGame: ${result.invalid.kind}`);
      return worth(result);
    },
  };
}
