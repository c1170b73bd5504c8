import { fixSign, symmetricEigen } from './eigen.js';
import { dot } from './sums.js';

/** The largest eigenpairs of a symmetric matrix. */
interface LeadingEigen {
  /** k eigenvalues, largest first */
  readonly values: Float64Array;
  /** k x n row-major, orthonormal rows; the component of largest size of each is positive */
  readonly vectors: Float64Array;
  readonly iterations: number;
  /** whether the eigenvalues settled within the bound on iterations; the vectors are orthonormal Ritz vectors either way */
  readonly converged: boolean;
}

/** up to this size the full decomposition is as quick */
const SMALL = 64;
const OVERSAMPLING = 12;
const MAX_ITERATIONS = 100;
const TOLERANCE = 1e-10;

/**
 * The k largest eigenpairs of a positive semidefinite n x n matrix by simultaneous iteration with Rayleigh-Ritz
 * projection (Rutishauser 1970; Parlett, The Symmetric Eigenvalue Problem, chapter 14). Deterministic: a fixed start and a bounded number of
 * iterations, each of n^2 (k + 12) multiplications.
 *
 * @param a row-major, both triangles
 */
export function leadingEigen(a: Float64Array, n: number, k: number): LeadingEigen {
  if (n <= SMALL) {
    const { values, vectors } = symmetricEigen(a, n);
    return { values: values.slice(0, k), vectors: vectors.slice(0, k * n), iterations: 0, converged: true };
  }
  const p = Math.min(n, k + OVERSAMPLING);
  let block = startingBlock(p, n);
  let previous = new Float64Array(p);
  for (let iteration = 1; ; iteration++) {
    orthonormalise(block, p, n);
    const image = multiply(a, block, p, n);
    const ritz = symmetricEigen(products(image, block, p, n), p);
    const converged = haveSettled(ritz.values, previous, k);
    if (converged || iteration === MAX_ITERATIONS) {
      const vectors = combine(ritz.vectors, block, k, p, n);
      for (let j = 0; j < k; j++) fixSign(vectors.subarray(j * n, (j + 1) * n));
      return { values: ritz.values.slice(0, k), vectors, iterations: iteration, converged };
    }
    previous = Float64Array.from(ritz.values);
    block = combine(ritz.vectors, image, p, p, n);
  }
}

/** p rows of well spread numbers in (-1/2, 1/2), the first all equal: a congruential generator from a fixed seed */
function startingBlock(p: number, n: number): Float64Array {
  const block = new Float64Array(p * n).fill(1, 0, n);
  let state = 12345;
  for (let i = n; i < block.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    block[i] = state / 0x80000000 - 0.5;
  }
  return block;
}

/** Modified Gram-Schmidt on the rows; a row that depends on those before it becomes zero. */
function orthonormalise(block: Float64Array, p: number, n: number): void {
  for (let j = 0; j < p; j++) {
    const row = block.subarray(j * n, (j + 1) * n);
    const before = Math.sqrt(dot(row, row));
    for (let l = 0; l < j; l++) {
      const other = block.subarray(l * n, (l + 1) * n);
      const share = dot(row, other);
      for (let i = 0; i < n; i++) row[i]! -= share * other[i]!;
    }
    const after = Math.sqrt(dot(row, row));
    const scale = after > 1e-12 * before ? 1 / after : 0;
    for (let i = 0; i < n; i++) row[i]! *= scale;
  }
}

/** row j of the result = A times row j of the block; four rows at a time, so that A is read once for them */
function multiply(a: Float64Array, block: Float64Array, p: number, n: number): Float64Array {
  const image = new Float64Array(p * n);
  for (let j = 0; j < p; j += 4) {
    const rows = [0, 1, 2, 3].map((r) => Math.min(j + r, p - 1) * n);
    const [r0, r1, r2, r3] = rows as [number, number, number, number];
    for (let i = 0; i < n; i++) {
      let [s0, s1, s2, s3] = [0, 0, 0, 0];
      for (let l = 0, at = i * n; l < n; l++, at++) {
        const value = a[at]!;
        s0 += value * block[r0 + l]!;
        s1 += value * block[r1 + l]!;
        s2 += value * block[r2 + l]!;
        s3 += value * block[r3 + l]!;
      }
      image[r0 + i] = s0;
      image[r1 + i] = s1;
      image[r2 + i] = s2;
      image[r3 + i] = s3;
    }
  }
  return image;
}

/** p x p lower triangle of the inner products of the rows of both */
function products(image: Float64Array, block: Float64Array, p: number, n: number): Float64Array {
  const result = new Float64Array(p * p);
  for (let i = 0; i < p; i++) {
    const row = image.subarray(i * n, (i + 1) * n);
    for (let j = 0; j <= i; j++) result[i * p + j] = dot(row, block.subarray(j * n, (j + 1) * n));
  }
  return result;
}

/** the first `count` rows of weights (count x p) times the block (p x n) */
function combine(weights: Float64Array, block: Float64Array, count: number, p: number, n: number): Float64Array {
  const result = new Float64Array(count * n);
  for (let j = 0; j < count; j++) {
    const row = result.subarray(j * n, (j + 1) * n);
    for (let l = 0; l < p; l++) {
      const weight = weights[j * p + l]!;
      for (let i = 0; i < n; i++) row[i]! += weight * block[l * n + i]!;
    }
  }
  return result;
}

function haveSettled(values: Float64Array, previous: Float64Array, k: number): boolean {
  for (let j = 0; j < k; j++) {
    if (Math.abs(values[j]! - previous[j]!) > TOLERANCE * values[0]!) return false;
  }
  return true;
}
