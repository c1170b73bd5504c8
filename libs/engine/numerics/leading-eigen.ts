import { fixSign, symmetricEigen, tridiagonalEigen } from './eigen.js';
import { dot } from './sums.js';

/** The largest eigenpairs of a symmetric matrix. */
interface LeadingEigen {
  /** k eigenvalues, largest first */
  readonly values: Float64Array;
  /** k x n row-major, orthonormal rows; the component of largest size of each is positive */
  readonly vectors: Float64Array;
  /** products with the matrix; 0 where it was decomposed as a whole */
  readonly products: number;
}

/** up to this size the full decomposition is as quick */
const SMALL = 64;
/** residual over the largest eigenvalue; the eigenvalues themselves are far closer */
const TOLERANCE = 1e-12;
/** products between two looks at the residuals */
const STRIDE = 8;
/** products that search what is left for an eigenvalue that was passed over */
const SEARCH = 24;

/**
 * The k largest eigenpairs of a symmetric n x n matrix by the Lanczos process with full reorthogonalisation (Parlett, The Symmetric
 * Eigenvalue Problem, chapter 13). Deterministic: a fixed start, and at most n steps of n^2 multiplications; a correlation matrix of 500 takes
 * about 100. The process meets one vector of each eigenspace: where a second look finds a repeated eigenvalue among the k largest,
 * the matrix is decomposed as a whole.
 *
 * @param a row-major, both triangles
 */
export function leadingEigen(a: Float64Array, n: number, k: number): LeadingEigen {
  if (n <= SMALL) return decomposed(a, n, k);
  const basis = new Krylov(a, n, n);
  for (;;) {
    const full = basis.size === n;
    if (full || (basis.size >= k + STRIDE && basis.size % STRIDE === 0)) {
      const found = basis.largest(k, full);
      if (found !== null) return isComplete(a, n, k, found) ? { ...found, products: basis.size } : decomposed(a, n, k);
    }
    basis.extend();
  }
}

interface Pairs {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

function decomposed(a: Float64Array, n: number, k: number): LeadingEigen {
  const { values, vectors } = symmetricEigen(a, n);
  return { values: values.slice(0, k), vectors: vectors.slice(0, k * n), products: 0 };
}

/** Whether nothing orthogonal to the vectors found has a Rayleigh quotient above the smallest eigenvalue found. */
function isComplete(a: Float64Array, n: number, k: number, { values, vectors }: Pairs): boolean {
  const rest = new Krylov(a, n, Math.min(SEARCH, n - k), vectors.subarray(0, k * n), 98765);
  while (rest.size < rest.limit) rest.extend();
  const [most] = rest.ritzValues();
  return most === undefined || most <= values[k - 1]! + 1e-9 * Math.abs(values[0]!);
}

/** An orthonormal basis q_0, q_1, ... in which the matrix is tridiagonal. */
class Krylov {
  /** steps taken: products with the matrix */
  size = 0;
  private readonly rows: Float64Array;
  private readonly diagonal: Float64Array;
  private readonly coupling: Float64Array;
  private readonly next: () => number;

  /**
   * @param limit steps at most
   * @param avoided orthonormal rows that the basis is to be orthogonal to
   */
  constructor(
    private readonly a: Float64Array,
    private readonly n: number,
    readonly limit: number,
    private readonly avoided: Float64Array = new Float64Array(0),
    seed = 12345,
  ) {
    this.rows = new Float64Array(n * (limit + 1));
    this.diagonal = new Float64Array(limit);
    this.coupling = new Float64Array(limit);
    this.next = uniform(seed);
    this.startAfresh();
  }

  extend(): void {
    const { n, size } = this;
    const current = this.row(size);
    const image = this.row(size + 1);
    multiply(this.a, current, image, n);
    this.diagonal[size] = dot(current, image);
    const before = Math.sqrt(dot(image, image));
    this.size = size + 1;
    const length = this.orthogonalise(image);
    if (length > 1e-13 * before) {
      this.coupling[size] = length;
      for (let i = 0; i < n; i++) image[i]! /= length;
      return;
    }
    // an invariant subspace: the process goes on in what is orthogonal to it
    this.coupling[size] = 0;
    if (this.size < this.limit) this.startAfresh();
  }

  /** The k largest Ritz pairs; null where one has not settled. */
  largest(k: number, settled: boolean): Pairs | null {
    const { size, n } = this;
    if (!settled) {
      const { values, order, components } = this.ritz(1);
      const bound = TOLERANCE * Math.abs(values[order[0]!]!);
      const coupling = this.coupling[size - 1]!;
      if (order.slice(0, k).some((j) => coupling * Math.abs(components[j]!) > bound)) return null;
    }
    const { values, order, components } = this.ritz(size);
    const vectors = new Float64Array(k * n);
    for (let j = 0; j < k; j++) {
      const row = vectors.subarray(j * n, (j + 1) * n);
      for (let l = 0; l < size; l++) subtractMultiple(row, this.row(l), -components[order[j]! * size + l]!);
      fixSign(row);
    }
    return { values: Float64Array.from(order.slice(0, k), (j) => values[j]!), vectors };
  }

  /** largest first */
  ritzValues(): Float64Array {
    const { values } = this.ritz(1);
    return values.sort().reverse();
  }

  /** The last `width` components of the eigenvectors of the tridiagonal matrix. */
  private ritz(width: number): { values: Float64Array; order: number[]; components: Float64Array } {
    const { size } = this;
    const values = this.diagonal.slice(0, size);
    const components = new Float64Array(size * width);
    for (let l = 0; l < width; l++) components[(size - width + l) * width + l] = 1;
    tridiagonalEigen(values, this.coupling.slice(0, size), components, width);
    const order = Array.from(values.keys()).sort((i, j) => values[j]! - values[i]! || i - j);
    return { values, order, components };
  }

  private startAfresh(): void {
    const row = this.row(this.size);
    for (let i = 0; i < row.length; i++) row[i] = this.size === 0 && this.avoided.length === 0 ? 1 : this.next();
    for (let i = 0; i < row.length; i++) row[i]! += 0.25 * this.next();
    const length = this.orthogonalise(row);
    for (let i = 0; i < row.length; i++) row[i]! /= length;
  }

  /** against all before it, twice, because once leaves what cancellation lost; returns the length that is left */
  private orthogonalise(row: Float64Array): number {
    const { n, avoided } = this;
    for (let pass = 0; pass < 2; pass++) {
      for (let from = 0; from < avoided.length; from += n) removeShare(row, avoided.subarray(from, from + n));
      for (let l = this.size - 1; l >= 0; l--) removeShare(row, this.row(l));
    }
    return Math.sqrt(dot(row, row));
  }

  private row(index: number): Float64Array {
    return this.rows.subarray(index * this.n, (index + 1) * this.n);
  }
}

/** numbers in (-1/2, 1/2): a congruential generator from a fixed seed */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x80000000 - 0.5;
  };
}

function removeShare(row: Float64Array, unit: Float64Array): void {
  subtractMultiple(row, unit, dot(row, unit));
}

function subtractMultiple(row: Float64Array, other: Float64Array, factor: number): void {
  for (let i = 0; i < row.length; i++) row[i]! -= factor * other[i]!;
}

/** y = A x; four rows at a time, so that x is read once for them */
function multiply(a: Float64Array, x: Float64Array, y: Float64Array, n: number): void {
  for (let i = 0; i < n; i += 4) {
    const r0 = i * n;
    const r1 = Math.min(i + 1, n - 1) * n;
    const r2 = Math.min(i + 2, n - 1) * n;
    const r3 = Math.min(i + 3, n - 1) * n;
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (let j = 0; j < n; j++) {
      const value = x[j]!;
      s0 += a[r0 + j]! * value;
      s1 += a[r1 + j]! * value;
      s2 += a[r2 + j]! * value;
      s3 += a[r3 + j]! * value;
    }
    y[i] = s0;
    if (i + 1 < n) y[i + 1] = s1;
    if (i + 2 < n) y[i + 2] = s2;
    if (i + 3 < n) y[i + 3] = s3;
  }
}
