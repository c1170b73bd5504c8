import { backwardSolve, cholesky, choleskySolve, forwardSolve } from './cholesky.js';
import { symmetricEigen } from './eigen.js';
import { dot, median, sum } from './sums.js';

/** deterministic, well spread numbers in (-1, 1) */
function wave(count: number, seed: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => Math.sin(seed + 12.9898 * (i + 1) * (1 + (i % 7))));
}

function gram(n: number, k: number, seed: number): Float64Array {
  const b = wave(n * k, seed);
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) a[i * n + j] = dot(b.subarray(i * k, (i + 1) * k), b.subarray(j * k, (j + 1) * k));
  }
  return a;
}

describe('sums', () => {
  it('keeps what a plain sum loses', () => {
    expect(sum([1, 1e100, 1, -1e100])).toBe(2);
    expect(sum(Array.from({ length: 1000 }, () => 0.1))).toBe(100);
    expect(sum([])).toBe(0);
  });

  it('takes the middle', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });
});

describe('cholesky', () => {
  it('factors a known matrix', () => {
    const c = cholesky(Float64Array.of(4, 0, 0, 12, 37, 0, -16, -43, 98), 3);
    expect(c && Array.from(c)).toEqual([2, 0, 0, 6, 1, 0, -8, 5, 3]);
  });

  it('solves with both triangles', () => {
    const n = 40;
    const a = gram(n, 60, 1);
    const c = cholesky(a, n)!;
    const x = wave(n, 5);
    const b = Float64Array.from({ length: n }, (_, i) => dot(a.subarray(i * n, (i + 1) * n), x));
    const halves = Float64Array.from(b);
    choleskySolve(c, n, b);
    forwardSolve(c, n, halves);
    backwardSolve(c, n, halves);
    for (let i = 0; i < n; i++) expect(b[i]).toBeCloseTo(x[i]!, 8);
    expect(halves).toEqual(b);
  });

  it.each([
    ['indefinite', [1, 0, 2, 1]],
    ['singular', [1, 0, 1, 1]],
    ['zero', [0, 0, 0, 0]],
    ['not a number', [NaN, 0, 0, 1]],
  ])('refuses a matrix that is %s', (_, entries) => expect(cholesky(Float64Array.from(entries), 2)).toBeNull());
});

describe('symmetricEigen', () => {
  it('knows a textbook matrix', () => {
    const { values, vectors } = symmetricEigen(Float64Array.of(2, 0, 0, -1, 2, 0, 0, -1, 2), 3);
    const expected = [2 + Math.SQRT2, 2, 2 - Math.SQRT2];
    expected.forEach((value, j) => expect(values[j]).toBeCloseTo(value, 14));
    [0.5, -Math.SQRT1_2, 0.5].forEach((value, i) => expect(Math.abs(vectors[i]!)).toBeCloseTo(Math.abs(value), 14));
  });

  it.each([
    [1, 1],
    [2, 2],
    [5, 3],
    [60, 12],
    [120, 200],
  ])('decomposes a %p x %p-factor matrix: A V = V diag, V orthonormal', (n, k) => {
    const a = gram(n, k, 3);
    const { values, vectors } = symmetricEigen(a, n);
    const scale = values[0]!;
    for (let j = 0; j < n; j++) {
      const v = vectors.subarray(j * n, (j + 1) * n);
      if (j > 0) expect(values[j]).toBeLessThanOrEqual(values[j - 1]!);
      for (let i = 0; i < n; i++) {
        expect(Math.abs(dot(a.subarray(i * n, (i + 1) * n), v) - values[j]! * v[i]!)).toBeLessThan(1e-13 * n * scale);
      }
      for (let l = 0; l <= j; l++) {
        const product = dot(v, vectors.subarray(l * n, (l + 1) * n));
        expect(Math.abs(product - (l === j ? 1 : 0))).toBeLessThan(1e-12);
      }
    }
  });

  it('handles a multiple eigenvalue: constant correlation', () => {
    const n = 30;
    const a = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0.3));
    const { values, vectors } = symmetricEigen(a, n);
    expect(values[0]).toBeCloseTo(1 + 0.3 * (n - 1), 12);
    for (let j = 1; j < n; j++) expect(values[j]).toBeCloseTo(0.7, 12);
    for (let i = 0; i < n; i++) expect(vectors[i]).toBeCloseTo(1 / Math.sqrt(n), 12);
  });

  it('takes diagonal and zero matrices and refuses a NaN', () => {
    expect(Array.from(symmetricEigen(Float64Array.of(1, 0, 0, 3), 2).values)).toEqual([3, 1]);
    expect(Array.from(symmetricEigen(new Float64Array(4), 2).values)).toEqual([0, 0]);
    expect(() => symmetricEigen(Float64Array.of(1, 0, NaN, 3), 2)).toThrow('entry 1,0');
  });
});
