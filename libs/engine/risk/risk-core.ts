import type { RiskView } from '../universe.js';

/** What a risk input says of the instruments it covers, before the others get their prior. */
export interface RiskCore {
  readonly id: string;
  readonly source: RiskView['source'];
  readonly regime: RiskView['regime'];
  readonly k: number;
  /** n x k row-major; zero where not covered */
  readonly loadings: Float64Array;
  readonly specific: Float64Array;
  readonly covered: readonly boolean[];
  /** k: mean over the model's instruments of loadings / volatility; worked out only where some instrument needs it */
  readonly meanDirection: () => Float64Array;
  readonly warnings: readonly string[];
}

/** A risk input that cannot be used: why, and which part of it is at fault. */
export interface InvalidRisk {
  readonly invalid: string;
  readonly part: RiskPart;
}

export type RiskPart = 'CORRELATION_MATRIX' | 'INSTRUMENTS' | 'LOADINGS' | 'FACTOR_COVARIANCE' | 'SPECIFIC_VARIANCE';

/** A volatility, or the fallback where it is unknown (NaN) or not positive. */
export function knownOr(value: number, fallback: number): number {
  return value > 0 ? value : fallback;
}
