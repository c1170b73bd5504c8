/** Added to every pivot, relative to its diagonal entry and absolute. */
const REGULARISATION_RELATIVE = 1e-13;
const REGULARISATION_ABSOLUTE = 1e-14;

/** A lower-triangular factor of a matrix scaled to a unit diagonal. */
export interface ScaledFactor {
  /** m x m row-major */
  readonly lower: Float64Array;
  readonly scale: Float64Array;
}

export function newScaledFactor(m: number): ScaledFactor {
  return { lower: new Float64Array(m * m), scale: new Float64Array(m) };
}

/**
 * Cholesky factor of the leading m x m block of a positive semidefinite matrix, scaled to a unit diagonal. Pivots lost
 * to rounding are replaced by small positive ones: a Newton step needs a direction, not an error.
 *
 * @param matrix row-major with rows of length `stride`; its lower triangle is read
 * @param out overwritten
 */
export function choleskyFactor(
  matrix: Float64Array,
  stride: number,
  m: number,
  out: ScaledFactor = newScaledFactor(m),
): ScaledFactor {
  const { lower, scale } = out;
  for (let r = 0; r < m; r += 1) {
    const pivot = matrix[r * stride + r]!;
    scale[r] = 1 / Math.sqrt(pivot * (1 + REGULARISATION_RELATIVE) + REGULARISATION_ABSOLUTE);
  }
  for (let r = 0; r < m; r += 1) {
    const row = r * m;
    let pivot = 1;
    for (let c = 0; c < r; c += 1) {
      const column = c * m;
      let sum = matrix[r * stride + c]! * scale[r]! * scale[c]!;
      for (let j = 0; j < c; j += 1) sum -= lower[row + j]! * lower[column + j]!;
      const entry = sum / lower[column + c]!;
      lower[row + c] = entry;
      pivot -= entry * entry;
    }
    lower[row + r] = Math.sqrt(Math.max(pivot, REGULARISATION_RELATIVE));
  }
  return out;
}

/** Solves in place for the m x m matrix that was factored; the right-hand side begins at `from`. */
export function choleskySolve({ lower, scale }: ScaledFactor, right: Float64Array, from: number, m: number): void {
  for (let r = 0; r < m; r += 1) {
    let sum = right[from + r]! * scale[r]!;
    for (let j = 0, at = r * m; j < r; j += 1) sum -= lower[at + j]! * right[from + j]!;
    right[from + r] = sum / lower[r * m + r]!;
  }
  for (let r = m - 1; r >= 0; r -= 1) {
    const value = right[from + r]! / lower[r * m + r]!;
    right[from + r] = value * scale[r]!;
    for (let j = 0, at = r * m; j < r; j += 1) right[from + j]! -= lower[at + j]! * value;
  }
}
