import type { FactorModel, Regime } from '#engine';

/** What a source said of one instrument. */
export interface Claim {
  readonly source: string;
  readonly instrument: number;
  readonly direction: 1 | -1;
  /** [0, 1] */
  readonly strength: number;
  readonly confidence: number;
}

/** A market in steps of one horizon, with sources that speak at the beginning of each. */
export interface LearningWorld {
  readonly sources: readonly string[];
  readonly instruments: readonly string[];
  readonly steps: number;
  readonly horizonDays: number;
  regime(step: number): Regime;
  claims(step: number): readonly Claim[];
  /** daily volatilities known at the beginning of the step */
  sigma(step: number): ArrayLike<number>;
  model(step: number): FactorModel;
  /** simple returns over the step, known at its end; NaN where there is none */
  realised(step: number): ArrayLike<number>;
}
