import { cholesky, symmetricEigen } from '../numerics/index.js';

/** an eigenvalue above minus this, relative to the largest, is rounding */
const NEGATIVE_TOLERANCE = 1e-10;

/**
 * C with C C' = F, k x k row-major: by Cholesky where the factor covariance F is positive definite, else through its
 * eigenvalues; null where F is not positive semidefinite.
 */
export function factorRoot(covariance: readonly (readonly number[])[]): Float64Array | null {
  const k = covariance.length;
  const f = new Float64Array(k * k);
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < k; j++) f[i * k + j] = 0.5 * (covariance[i]![j]! + covariance[j]![i]!);
  }
  const root = cholesky(f, k);
  if (root !== null) return root;
  const { values, vectors } = symmetricEigen(f, k);
  if (values[k - 1]! < -NEGATIVE_TOLERANCE * Math.max(values[0]!, -values[k - 1]!)) return null;
  const spectral = new Float64Array(k * k);
  for (let j = 0; j < k; j++) {
    const size = Math.sqrt(Math.max(values[j]!, 0));
    for (let i = 0; i < k; i++) spectral[i * k + j] = vectors[j * k + i]! * size;
  }
  return spectral;
}
