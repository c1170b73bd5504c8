import { symmetricEigen, type SymmetricEigen } from '../numerics/index.js';

/** A correlation matrix in factor form: R = C C' + diag(specific), unit diagonal. */
export interface CorrelationFactors {
  readonly k: number;
  /** n x k row-major */
  readonly loadings: Float64Array;
  readonly specific: Float64Array;
  /** whether negative eigenvalues had to be clipped */
  readonly repaired: boolean;
}

/** an eigenvalue above minus this, relative to the largest, is rounding and not an indefinite matrix */
const NEGATIVE_TOLERANCE = 1e-10;
/** a factor weaker than this, relative to the largest, is left to the diagonal */
const FACTOR_TOLERANCE = 1e-13;

/**
 * Splits a correlation matrix into factors and a diagonal, exactly: with the smallest eigenvalue m,
 * R = V (diag(lambda) - m I) V' + m I, and the eigenvectors of the smallest eigenvalue need no factor. A matrix of one common
 * correlation becomes one factor; a general one of size n has n - 1. A matrix that is not positive semidefinite is
 * replaced by its eigenvalue-clipped neighbour with the diagonal scaled back to one (Higham 2002, section 1; Rebonato and Jaeckel 1999).
 *
 * @param r n x n row-major, symmetric, finite
 */
export function correlationFactors(r: Float64Array, n: number): CorrelationFactors {
  const eigen = symmetricEigen(r, n);
  const largest = n > 0 ? eigen.values[0]! : 0;
  const repaired = n > 0 && eigen.values[n - 1]! < -NEGATIVE_TOLERANCE * Math.max(largest, 1);
  const floor = n > 0 ? Math.max(eigen.values[n - 1]!, 0) : 0;
  const k = countAbove(eigen.values, floor + FACTOR_TOLERANCE * Math.max(largest, 1));
  const loadings = new Float64Array(n * k);
  const specific = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const diagonal = fillRow(loadings, i, k, n, eigen, floor) + floor;
    // clipping raised the diagonal above one; without it the scale is one up to rounding
    const scale = diagonal > 0 ? 1 / Math.sqrt(diagonal) : 0;
    for (let f = 0; f < k; f++) loadings[i * k + f]! *= scale;
    specific[i] = diagonal > 0 ? floor / diagonal : 1;
  }
  return { k, loadings, specific, repaired };
}

function countAbove(descending: Float64Array, limit: number): number {
  let count = 0;
  while (count < descending.length && descending[count]! > limit) count++;
  return count;
}

/** Writes row i of V sqrt(lambda - floor) and returns its squared length. */
function fillRow(
  loadings: Float64Array,
  i: number,
  k: number,
  n: number,
  { values, vectors }: SymmetricEigen,
  floor: number,
): number {
  let square = 0;
  for (let f = 0; f < k; f++) {
    const value = vectors[f * n + i]! * Math.sqrt(values[f]! - floor);
    loadings[i * k + f] = value;
    square += value * value;
  }
  return square;
}
