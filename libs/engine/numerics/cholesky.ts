/**
 * Cholesky factorisation of small dense symmetric matrices stored row-major in a Float64Array.
 */

/**
 * Lower-triangular C (n x n, row-major, zeros above the diagonal) with C C' = A.
 * Only the lower triangle of A is read. Returns null where A is not numerically positive definite:
 * a pivot that is not above `pivotFloor` times the diagonal entry it started from.
 */
export function cholesky(a: Float64Array, n: number, pivotFloor = 1e-14): Float64Array | null {
  const c = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const rowI = i * n;
    for (let j = 0; j < i; j++) {
      const rowJ = j * n;
      let total = a[rowI + j]!;
      for (let k = 0; k < j; k++) total -= c[rowI + k]! * c[rowJ + k]!;
      c[rowI + j] = total / c[rowJ + j]!;
    }
    let pivot = a[rowI + i]!;
    const start = pivot;
    for (let k = 0; k < i; k++) pivot -= c[rowI + k]! * c[rowI + k]!;
    // written so that NaN fails too
    if (!(pivot > pivotFloor * start) || !(start > 0)) return null;
    c[rowI + i] = Math.sqrt(pivot);
  }
  return c;
}

/** Solves C z = b in place for the lower-triangular C of `cholesky`. */
export function forwardSolve(c: Float64Array, n: number, b: Float64Array): void {
  for (let i = 0; i < n; i++) {
    let total = b[i]!;
    for (let k = 0; k < i; k++) total -= c[i * n + k]! * b[k]!;
    b[i] = total / c[i * n + i]!;
  }
}

/** Solves C' z = b in place. */
export function backwardSolve(c: Float64Array, n: number, b: Float64Array): void {
  for (let i = n - 1; i >= 0; i--) {
    const value = b[i]! / c[i * n + i]!;
    b[i] = value;
    for (let k = 0; k < i; k++) b[k]! -= c[i * n + k]! * value;
  }
}

/** Solves A z = b in place, A = C C'. */
export function choleskySolve(c: Float64Array, n: number, b: Float64Array): void {
  forwardSolve(c, n, b);
  backwardSolve(c, n, b);
}
