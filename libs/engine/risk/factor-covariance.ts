import { cholesky, symmetricEigen } from '../numerics/index.js';

/** C with C C' = F. `clipped` where F was indefinite and its negative eigenvalues were set to zero. */
export interface FactorRoot {
  /** k x k row-major */
  readonly root: Float64Array;
  readonly clipped: boolean;
}

/** an eigenvalue above minus this, relative to the largest, is rounding */
const NEGATIVE_TOLERANCE = 1e-10;

/** A square root of a factor covariance: Cholesky where F is positive definite, else through its eigenvalues. */
export function factorRoot(covariance: readonly (readonly number[])[]): FactorRoot {
  const k = covariance.length;
  const f = new Float64Array(k * k);
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < k; j++) f[i * k + j] = 0.5 * (covariance[i]![j]! + covariance[j]![i]!);
  }
  const root = cholesky(f, k);
  if (root !== null) return { root, clipped: false };
  const { values, vectors } = symmetricEigen(f, k);
  const spectral = new Float64Array(k * k);
  for (let j = 0; j < k; j++) {
    const size = Math.sqrt(Math.max(values[j]!, 0));
    for (let i = 0; i < k; i++) spectral[i * k + j] = vectors[j * k + i]! * size;
  }
  return { root: spectral, clipped: values[k - 1]! < -NEGATIVE_TOLERANCE * Math.max(values[0]!, -values[k - 1]!) };
}
