import type { Parameters } from '../input.js';
import type { Synthesis, Universe } from '../universe.js';
import { LIMIT_TOLERANCE, type MandateLimits } from './limits.js';
import type { RebalanceTarget } from './rebalance-targets.js';

/** Which way each instrument may trade. Arrays have length n; 1 where it may. */
export interface TradeDirections {
  /** asked for: by a signal, by a target, or by a trade universe of ALL */
  readonly buy: Uint8Array;
  readonly sell: Uint8Array;
  /** may be brought closer to zero, though nothing asks for it, because the portfolio breaks a limit */
  readonly reduce: Uint8Array;
  /** may be brought back to its own lower bound, which it breaks */
  readonly restore: Uint8Array;
  /** whether any signal names a direction or any target is off its weight */
  readonly asked: boolean;
}

/**
 * The trade universe of the model's section 4. With SIGNALLED an instrument trades only in a direction that one of its
 * live, accepted signals names, or toward its rebalance target; a HOLD signal names none. Without any direction at
 * all nothing trades, whatever the trade universe. While a limit is broken held instruments may also be reduced.
 */
export function tradeDirections(
  universe: Universe,
  synthesis: Synthesis,
  parameters: Parameters,
  targets: readonly (RebalanceTarget | null)[],
  limits: MandateLimits,
  limitBroken: boolean,
): TradeDirections {
  const { n, w0 } = universe;
  const buy = new Uint8Array(n);
  const sell = new Uint8Array(n);
  let asked = false;
  const ask = (i: number, direction: number): void => {
    if (direction === 0 || limits.restricted[i] === 1) return;
    asked = true;
    (direction > 0 ? buy : sell)[i] = 1;
  };
  for (const { instrument, direction } of synthesis.accepted) ask(instrument, direction);
  targets.forEach((target, i) => {
    if (target !== null && !target.withinTolerance) ask(i, Math.sign(target.weight - w0[i]!));
  });
  const everywhere = asked && parameters.tradeUniverse === 'ALL';
  const reduce = new Uint8Array(n);
  const restore = new Uint8Array(n);
  for (let i = 0; i < n; i += 1) {
    if (limits.restricted[i] === 1) continue;
    if (everywhere) buy[i] = sell[i] = 1;
    if (!limitBroken) continue;
    if (w0[i] !== 0) reduce[i] = 1;
    if (w0[i]! < limits.positionLower[i]! - LIMIT_TOLERANCE) restore[i] = 1;
  }
  return { buy, sell, reduce, restore, asked };
}
