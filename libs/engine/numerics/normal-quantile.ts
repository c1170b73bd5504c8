import { ln } from './exponential.js';
import { normalCdf, normalPdf } from './normal.js';

/** z with Phi(z) = p, 0 < p < 1: Abramowitz and Stegun 26.2.23, then two steps of Halley's method; relative error about 1e-14. */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) return p === 0 ? -Infinity : p === 1 ? Infinity : NaN;
  // 1 - p is exact for p >= 1/2, and the lower tail has relative precision
  const lower = p < 0.5 ? p : 1 - p;
  if (lower === 0.5) return 0;
  const t = Math.sqrt(-2 * ln(lower));
  let z = -(t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))));
  for (let step = 0; step < 2; step++) {
    const error = (normalCdf(z) - lower) / normalPdf(z);
    z -= error / (1 + 0.5 * z * error);
  }
  return p < 0.5 ? z : -z;
}
