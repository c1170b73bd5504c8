import type { CoordinationMode } from '../input.js';
import type { Mandate } from '../optimisation/mandate.js';
import { halfLifeOf } from '../signals/index.js';

export type Urgency = 'LOW' | 'MEDIUM' | 'HIGH';

const LEVELS: readonly Urgency[] = ['LOW', 'MEDIUM', 'HIGH'];
const BY_MODE: Readonly<Record<CoordinationMode, number>> = { CONSERVATIVE: 0, BALANCED: 1, AGGRESSIVE: 2 };
/** Half-lives, in trading days, at which what a signal knows is gone within the day, or keeps for a week. */
const FAST_DAYS = 1;
const SLOW_DAYS = 5;

/** How soon an order should be done. */
export interface Haste {
  readonly urgency: Urgency;
  /** half-life of the fastest signal in the order's direction, trading days; Infinity where no signal asks for it */
  readonly halfLifeDays: number;
}

/**
 * Urgency of each instrument's order by the mode, one level more where its signals decay within a day or a broken limit
 * forces it, one less where they keep for a week; the highest where a rebalance deadline falls into the execution days.
 *
 * @param end of the execution days, epoch milliseconds
 */
export function hastes(mandate: Mandate, trades: Float64Array, end: number): Haste[] {
  const halfLives = new Float64Array(mandate.universe.n).fill(Infinity);
  for (const { instrument, direction, position } of mandate.synthesis.accepted) {
    if (direction === 0 || direction !== Math.sign(trades[instrument]!)) continue;
    const { signals, learned } = mandate.input;
    halfLives[instrument] = Math.min(halfLives[instrument]!, halfLifeOf(signals[position]!, learned));
  }
  const curing = new Set(mandate.broken.filter(({ kind }) => kind === 'position').map(({ index }) => index));
  return Array.from(halfLives, (halfLifeDays, i): Haste => {
    let level = BY_MODE[mandate.parameters.mode];
    if (halfLifeDays <= FAST_DAYS || curing.has(i)) level += 1;
    if (halfLifeDays >= SLOW_DAYS && halfLifeDays < Infinity) level -= 1;
    if ((mandate.targets[i]?.deadline ?? Infinity) <= end) level = 2;
    return { urgency: LEVELS[Math.min(2, Math.max(0, level))]!, halfLifeDays };
  });
}
