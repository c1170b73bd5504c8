import type { Regime } from '../input.js';

/** One measured signal, as the learning reads it: what was claimed and what came, both in standard deviations. */
export interface Observation {
  readonly source: string;
  readonly instrumentId: string;
  /** trading day on which the signal was made, any running number */
  readonly day: number;
  /** trading days until its return was known; nothing may be learned from it before day + horizon */
  readonly horizonDays: number;
  /** direction times strength times the stated confidence, in [-1, 1] */
  readonly claim: number;
  /** realised alpha over sigma sqrt(horizon) */
  readonly realised: number;
  readonly regime: Regime;
}

/** What may be known at the close of a day: observations whose horizon has passed; missing returns are left out. */
export function knownBy(observations: readonly Observation[], day: number): readonly Observation[] {
  return observations.filter(
    (each) => each.day + each.horizonDays <= day && Number.isFinite(each.realised) && Number.isFinite(each.claim),
  );
}
