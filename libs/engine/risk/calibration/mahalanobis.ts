import { cholesky, forwardSolve } from '../../numerics/index.js';
import type { DailyForecast } from './daily-forecast.js';

/** r' Sigma^-1 r for Sigma = B B' + D, by Woodbury: r' D^-1 r - u' (I + B' D^-1 B)^-1 u with u = B' D^-1 r. */
export function squaredMahalanobis({ k, loadings, specific }: DailyForecast, returns: Float64Array): number {
  const inner = new Float64Array(k * k);
  const u = new Float64Array(k);
  let distance = 0;
  for (let i = 0; i < returns.length; i++) {
    const precision = 1 / specific[i]!;
    distance += returns[i]! * returns[i]! * precision;
    for (let f = 0; f < k; f++) {
      const scaled = loadings[i * k + f]! * precision;
      u[f]! += scaled * returns[i]!;
      for (let g = 0; g <= f; g++) inner[f * k + g]! += scaled * loadings[i * k + g]!;
    }
  }
  for (let f = 0; f < k; f++) {
    inner[f * k + f]! += 1;
    for (let g = 0; g < f; g++) inner[g * k + f] = inner[f * k + g]!;
  }
  const factor = cholesky(inner, k);
  // I plus a Gram matrix is positive definite unless it overflowed
  if (factor === null) return Infinity;
  forwardSolve(factor, k, u);
  for (let f = 0; f < k; f++) distance -= u[f]! * u[f]!;
  return Math.max(distance, 0);
}
