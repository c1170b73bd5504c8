/** Added to every pivot, relative to its diagonal entry and absolute. */
const REGULARISATION_RELATIVE = 1e-13;
const REGULARISATION_ABSOLUTE = 1e-14;

/** A lower-triangular factor of a matrix scaled to a unit diagonal. */
export interface ScaledFactor {
  readonly lower: Float64Array;
  readonly scale: Float64Array;
}

/**
 * Cholesky factor of the leading m x m block of a positive semidefinite matrix, scaled to a unit diagonal. Pivots lost
 * to rounding are replaced by small positive ones: a Newton step needs a direction, not an error.
 *
 * @param matrix row-major with rows of length `stride`; its lower triangle is read
 */
export function choleskyFactor(matrix: Float64Array, stride: number, m: number): ScaledFactor {
  const lower = new Float64Array(m * m);
  const scale = new Float64Array(m);
  for (let r = 0; r < m; r += 1) {
    const pivot = matrix[r * stride + r]!;
    scale[r] = 1 / Math.sqrt(pivot * (1 + REGULARISATION_RELATIVE) + REGULARISATION_ABSOLUTE);
  }
  for (let r = 0; r < m; r += 1) {
    for (let c = 0; c < r; c += 1) {
      let sum = matrix[r * stride + c]! * scale[r]! * scale[c]!;
      for (let j = 0; j < c; j += 1) sum -= lower[r * m + j]! * lower[c * m + j]!;
      lower[r * m + c] = sum / lower[c * m + c]!;
    }
    let pivot = 1;
    for (let j = 0; j < r; j += 1) pivot -= lower[r * m + j]! * lower[r * m + j]!;
    lower[r * m + r] = Math.sqrt(Math.max(pivot, REGULARISATION_RELATIVE));
  }
  return { lower, scale };
}

/** Solves in place for the matrix that was factored. */
export function choleskySolve({ lower, scale }: ScaledFactor, right: Float64Array, m: number): void {
  for (let r = 0; r < m; r += 1) {
    let sum = right[r]! * scale[r]!;
    for (let j = 0; j < r; j += 1) sum -= lower[r * m + j]! * right[j]!;
    right[r] = sum / lower[r * m + r]!;
  }
  for (let r = m - 1; r >= 0; r -= 1) {
    const value = right[r]! / lower[r * m + r]!;
    right[r] = value;
    for (let j = 0; j < r; j += 1) right[j]! -= lower[r * m + j]! * value;
  }
  for (let r = 0; r < m; r += 1) right[r]! *= scale[r]!;
}
