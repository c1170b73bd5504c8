/**
 * Factor of a symmetric positive semidefinite matrix by Cholesky with diagonal pivoting, so that singular matrices are
 * factored and indefinite ones recognised (Higham, Accuracy and Stability of Numerical Algorithms, section 10.3).
 *
 * @param matrix k x k, symmetric
 * @returns C, k x k row-major, with C C' = matrix up to rounding; undefined where the matrix is not positive semidefinite
 */
export function semidefiniteCholesky(matrix: readonly (readonly number[])[]): Float64Array | undefined {
  const k = matrix.length;
  const rest = new Float64Array(k * k);
  let scale = 0;
  for (let i = 0; i < k; i += 1) {
    for (let j = 0; j < k; j += 1) {
      const value = matrix[i]![j]!;
      rest[i * k + j] = value;
      scale = Math.max(scale, Math.abs(value));
    }
  }
  const tolerance = scale * k * 1e-12;
  const factor = new Float64Array(k * k);
  for (let column = 0; column < k; column += 1) {
    const pivot = largestDiagonal(rest, k);
    const value = rest[pivot * k + pivot]!;
    if (value <= tolerance) return isNegligible(rest, 1e3 * tolerance) ? factor : undefined;
    eliminate(rest, factor, k, pivot, column, Math.sqrt(value));
  }
  return isNegligible(rest, 1e3 * tolerance) ? factor : undefined;
}

function largestDiagonal(rest: Float64Array, k: number): number {
  let best = 0;
  for (let i = 1; i < k; i += 1) if (rest[i * k + i]! > rest[best * k + best]!) best = i;
  return best;
}

/** Takes the pivot's column out of the remainder: rest -= c c', and writes c into the factor. */
function eliminate(rest: Float64Array, factor: Float64Array, k: number, pivot: number, column: number, root: number) {
  for (let i = 0; i < k; i += 1) factor[i * k + column] = rest[i * k + pivot]! / root;
  for (let i = 0; i < k; i += 1) {
    const ci = factor[i * k + column]!;
    if (ci === 0) continue;
    for (let j = 0; j < k; j += 1) rest[i * k + j]! -= ci * factor[j * k + column]!;
  }
  for (let i = 0; i < k; i += 1) {
    rest[i * k + pivot] = 0;
    rest[pivot * k + i] = 0;
  }
}

function isNegligible(rest: Float64Array, tolerance: number): boolean {
  for (const value of rest) if (Math.abs(value) > tolerance) return false;
  return true;
}
