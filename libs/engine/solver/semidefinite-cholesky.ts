/** C with C C' = the matrix that was factored, and the order in which its rows became pivots. */
export interface SemidefiniteRoot {
  readonly k: number;
  /** k x k row-major; the row of the j-th pivot is zero beyond column j */
  readonly root: Float64Array;
  /** one a column that is not zero */
  readonly pivots: readonly number[];
}

/**
 * Factor of a symmetric positive semidefinite matrix by Cholesky with diagonal pivoting, so that singular matrices are
 * factored and indefinite ones recognised (Higham, Accuracy and Stability of Numerical Algorithms, section 10.3).
 *
 * @param matrix k x k, symmetric
 * @returns undefined where the matrix is not positive semidefinite
 */
export function semidefiniteCholesky(matrix: readonly (readonly number[])[]): SemidefiniteRoot | undefined {
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
  const root = new Float64Array(k * k);
  const pivots: number[] = [];
  for (let column = 0; column < k; column += 1) {
    const pivot = largestDiagonal(rest, k);
    const value = rest[pivot * k + pivot]!;
    if (value <= tolerance) break;
    eliminate(rest, root, k, pivot, column, Math.sqrt(value));
    pivots.push(pivot);
  }
  return isNegligible(rest, 1e3 * tolerance) ? { k, root, pivots } : undefined;
}

/** f with C'f = v, zero off the pivots; v lies in the range of C'. */
export function solveTransposed({ k, root, pivots }: SemidefiniteRoot, v: ArrayLike<number>): number[] {
  const f = new Array<number>(k).fill(0);
  for (let column = pivots.length - 1; column >= 0; column -= 1) {
    let sum = v[column]!;
    for (let later = column + 1; later < pivots.length; later += 1) {
      sum -= root[pivots[later]! * k + column]! * f[pivots[later]!]!;
    }
    f[pivots[column]!] = sum / root[pivots[column]! * k + column]!;
  }
  return f;
}

/** C'f */
export function multiplyTransposed({ k, root }: SemidefiniteRoot, f: ArrayLike<number>): Float64Array {
  const v = new Float64Array(k);
  for (let i = 0; i < k; i += 1) for (let j = 0; j < k; j += 1) v[j]! += root[i * k + j]! * f[i]!;
  return v;
}

function largestDiagonal(rest: Float64Array, k: number): number {
  let best = 0;
  for (let i = 1; i < k; i += 1) if (rest[i * k + i]! > rest[best * k + best]!) best = i;
  return best;
}

/** Takes the pivot's column out of the remainder: rest -= c c', and writes c into the root. */
function eliminate(rest: Float64Array, root: Float64Array, k: number, pivot: number, column: number, length: number) {
  for (let i = 0; i < k; i += 1) root[i * k + column] = rest[i * k + pivot]! / length;
  for (let i = 0; i < k; i += 1) {
    const ci = root[i * k + column]!;
    if (ci === 0) continue;
    for (let j = 0; j < k; j += 1) rest[i * k + j]! -= ci * root[j * k + column]!;
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
