/**
 * Eigendecomposition of a dense symmetric matrix: Householder reduction to tridiagonal form, then implicit QL
 * (Golub and Van Loan, Matrix Computations, 8.3; EISPACK tred2 and tql2). Deterministic, O(n^3), meant for n <= 1000.
 */
export interface SymmetricEigen {
  /** n eigenvalues, largest first */
  readonly values: Float64Array;
  /** n x n row-major; row j is the unit eigenvector of values[j], its largest component positive */
  readonly vectors: Float64Array;
}

const MAX_SWEEPS = 60;
const EPSILON = 2.220446049250313e-16;

/**
 * @param a n x n row-major; only its lower triangle is read, and it is not changed
 * @throws if an entry is not finite
 */
export function symmetricEigen(a: Float64Array, n: number): SymmetricEigen {
  const scale = largestEntry(a, n);
  const diagonal = new Float64Array(n);
  const offDiagonal = new Float64Array(n);
  const work = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) work[i * n + j] = a[i * n + j]! / scale;
  }
  const basis = tridiagonalise(work, n, diagonal, offDiagonal);
  implicitQl(diagonal, offDiagonal, basis, n, n);
  return sorted(diagonal, basis, n, scale);
}

/**
 * Eigenvalues of a symmetric tridiagonal matrix, unsorted, and some components of its unit eigenvectors.
 *
 * @param diagonal n entries; replaced by the eigenvalues
 * @param offDiagonal n entries, the last unused; destroyed
 * @param components n x width row-major: `width` columns of the identity, replaced by those components of the eigenvectors (a row each)
 */
export function tridiagonalEigen(
  diagonal: Float64Array,
  offDiagonal: Float64Array,
  components: Float64Array,
  width: number,
): void {
  implicitQl(diagonal, offDiagonal, components, diagonal.length, width);
}

function largestEntry(a: Float64Array, n: number): number {
  let largest = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const size = Math.abs(a[i * n + j]!);
      if (!(size < Infinity)) throw new Error(`symmetricEigen: entry ${i},${j} is not finite`);
      if (size > largest) largest = size;
    }
  }
  return largest > 0 ? largest : 1;
}

/**
 * Reduces the lower triangle of `a` (destroyed) to T = Q'AQ with diagonal d and sub-diagonal e (e[i] couples i, i+1).
 * Returns Q' row-major: row j is the j-th basis vector.
 */
function tridiagonalise(a: Float64Array, n: number, d: Float64Array, e: Float64Array): Float64Array {
  const reflectors = new Float64Array(n * n);
  const betas = new Float64Array(n);
  const p = new Float64Array(n);
  for (let k = 0; k + 2 < n; k++) {
    const v = reflectors.subarray(k * n, (k + 1) * n);
    let tail = 0;
    for (let i = k + 2; i < n; i++) tail += a[i * n + k]! * a[i * n + k]!;
    const head = a[(k + 1) * n + k]!;
    if (tail === 0) {
      e[k] = head;
      continue;
    }
    const norm = Math.sqrt(head * head + tail);
    const target = head > 0 ? -norm : norm;
    v[k + 1] = head - target;
    for (let i = k + 2; i < n; i++) v[i] = a[i * n + k]!;
    const beta = 2 / (v[k + 1]! * v[k + 1]! + tail);
    betas[k] = beta;
    e[k] = target;
    reflectTrailing(a, n, k + 1, v, beta, p);
  }
  for (let i = 0; i < n; i++) d[i] = a[i * n + i]!;
  if (n > 1) e[n - 2] = a[(n - 1) * n + n - 2]!;
  return accumulate(reflectors, betas, n);
}

/** A22 <- H A22 H for the trailing block from `start`, H = I - beta v v' */
function reflectTrailing(
  a: Float64Array,
  n: number,
  start: number,
  v: Float64Array,
  beta: number,
  p: Float64Array,
): void {
  p.fill(0, start);
  for (let i = start; i < n; i++) {
    const row = i * n;
    const vi = v[i]!;
    let total = 0;
    for (let j = start; j < i; j++) {
      const value = a[row + j]!;
      total += value * v[j]!;
      p[j]! += value * vi;
    }
    p[i]! += total + a[row + i]! * vi;
  }
  let vp = 0;
  for (let i = start; i < n; i++) {
    p[i]! *= beta;
    vp += v[i]! * p[i]!;
  }
  const half = 0.5 * beta * vp;
  for (let i = start; i < n; i++) p[i]! -= half * v[i]!;
  for (let i = start; i < n; i++) {
    const row = i * n;
    const vi = v[i]!;
    const pi = p[i]!;
    for (let j = start; j <= i; j++) a[row + j]! -= vi * p[j]! + pi * v[j]!;
  }
}

/** row r of the result = H_0 H_1 ... e_r */
function accumulate(reflectors: Float64Array, betas: Float64Array, n: number): Float64Array {
  const basis = new Float64Array(n * n);
  for (let r = 0; r < n; r++) {
    const y = basis.subarray(r * n, (r + 1) * n);
    y[r] = 1;
    // H_k leaves e_r alone while r <= k
    for (let k = Math.min(r - 1, n - 3); k >= 0; k--) {
      const beta = betas[k]!;
      if (beta === 0) continue;
      const v = k * n;
      let total = 0;
      for (let i = k + 1; i < n; i++) total += reflectors[v + i]! * y[i]!;
      total *= beta;
      for (let i = k + 1; i < n; i++) y[i]! -= total * reflectors[v + i]!;
    }
  }
  return basis;
}

/** Diagonalises T in place by implicit QL with Wilkinson shifts; the n rows of `z`, each of `width`, are rotated along. */
function implicitQl(d: Float64Array, e: Float64Array, z: Float64Array, n: number, width: number): void {
  if (n > 0) e[n - 1] = 0;
  for (let l = 0; l < n; l++) {
    for (let sweep = 0; ; sweep++) {
      const m = splitPoint(d, e, l, n);
      if (m === l) break;
      if (sweep === MAX_SWEEPS) throw new Error('symmetricEigen: QL did not converge');
      qlSweep(d, e, z, width, l, m);
    }
  }
}

/** first m >= l whose coupling to m + 1 is negligible */
function splitPoint(d: Float64Array, e: Float64Array, l: number, n: number): number {
  let m = l;
  for (; m < n - 1; m++) {
    if (Math.abs(e[m]!) <= EPSILON * (Math.abs(d[m]!) + Math.abs(d[m + 1]!)) || Math.abs(e[m]!) < 1e-300) break;
  }
  return m;
}

function qlSweep(d: Float64Array, e: Float64Array, z: Float64Array, width: number, l: number, m: number): void {
  let g = (d[l + 1]! - d[l]!) / (2 * e[l]!);
  const shift = Math.sqrt(g * g + 1);
  g = d[m]! - d[l]! + e[l]! / (g + (g >= 0 ? shift : -shift));
  let s = 1;
  let c = 1;
  let p = 0;
  for (let i = m - 1; i >= l; i--) {
    const f = s * e[i]!;
    const b = c * e[i]!;
    const r = Math.sqrt(f * f + g * g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1]! -= p;
      e[m] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = d[i + 1]! - p;
    const t = (d[i]! - g) * s + 2 * c * b;
    p = s * t;
    d[i + 1] = g + p;
    g = c * t - b;
    rotateRows(z, i * width, (i + 1) * width, width, c, s);
  }
  d[l]! -= p;
  e[l] = g;
  e[m] = 0;
}

function rotateRows(z: Float64Array, lower: number, upper: number, n: number, c: number, s: number): void {
  for (let k = 0; k < n; k++) {
    const f = z[upper + k]!;
    const h = z[lower + k]!;
    z[upper + k] = s * h + c * f;
    z[lower + k] = c * h - s * f;
  }
}

function sorted(d: Float64Array, z: Float64Array, n: number, scale: number): SymmetricEigen {
  const order = Array.from(d.keys()).sort((i, j) => d[j]! - d[i]! || i - j);
  const values = new Float64Array(n);
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => {
    values[to] = d[from]! * scale;
    const row = vectors.subarray(to * n, (to + 1) * n);
    row.set(z.subarray(from * n, (from + 1) * n));
    fixSign(row);
  });
  return { values, vectors };
}

/** Makes the component of largest size positive, so that the same matrix always gives the same vector. */
export function fixSign(vector: Float64Array): void {
  let largest = 0;
  for (let i = 0; i < vector.length; i++) {
    if (Math.abs(vector[i]!) > Math.abs(largest)) largest = vector[i]!;
  }
  if (largest < 0) for (let i = 0; i < vector.length; i++) vector[i] = -vector[i]!;
}
