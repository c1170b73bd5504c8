import { leadingEigen, symmetricEigen } from './index.js';

/** k strong factors over a diagonal, deterministic */
function factorMatrix(n: number, k: number): Float64Array {
  const loading = (i: number, f: number) => Math.cos(0.3 + 1.7 * i * (f + 1) + f) / (1 + 0.3 * f);
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let total = i === j ? 1 + 0.1 * Math.sin(i) : 0;
    for (let f = 0; f < k; f++) total += loading(i, f) * loading(j, f);
    return total;
  });
}

describe('leadingEigen', () => {
  it.each([
    [40, 5],
    [150, 5],
    [200, 8],
  ])('finds what the full decomposition of a %p x %p matrix finds', (n, k) => {
    const a = factorMatrix(n, 8);
    const full = symmetricEigen(a, n);
    const leading = leadingEigen(a, n, k);
    for (let j = 0; j < k; j++) expect(Math.abs(leading.values[j]! / full.values[j]! - 1)).toBeLessThan(1e-8);
    for (let j = 0; j < Math.min(k, 8); j++) {
      let overlap = 0;
      for (let i = 0; i < n; i++) overlap += leading.vectors[j * n + i]! * full.vectors[j * n + i]!;
      expect(overlap).toBeCloseTo(1, 8);
    }
  });

  it('separates a crowded spectrum', () => {
    const n = 200;
    const a = factorMatrix(n, 8);
    const full = symmetricEigen(a, n);
    const leading = leadingEigen(a, n, 15);
    for (let j = 0; j < 15; j++) expect(Math.abs(leading.values[j]! / full.values[j]! - 1)).toBeLessThan(1e-12);
    for (let at = 0; at < 15 * n; at++) expect(leading.vectors[at]).toBeCloseTo(full.vectors[at]!, 8);
  });

  it('finds both of two equal leading eigenvalues', () => {
    const n = 100;
    // two blocks alike: every eigenvalue twice
    const a = Float64Array.from({ length: n * n }, (_, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      if (i < 50 !== j < 50) return 0;
      return i === j ? 2 : 1 / (1 + Math.abs(i - j));
    });
    const full = symmetricEigen(a, n);
    const { values } = leadingEigen(a, n, 6);
    for (let j = 0; j < 6; j++) expect(Math.abs(values[j]! / full.values[j]! - 1)).toBeLessThan(1e-12);
  });

  it('returns an orthonormal basis where eigenvalues coincide', () => {
    const n = 100;
    const a = Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1 : 0.2));
    const { values, vectors } = leadingEigen(a, n, 4);
    expect(values[0]).toBeCloseTo(1 + 0.2 * 99, 9);
    for (let j = 1; j < 4; j++) expect(values[j]).toBeCloseTo(0.8, 9);
    for (let j = 0; j < 4; j++) {
      for (let l = 0; l <= j; l++) {
        let product = 0;
        for (let i = 0; i < n; i++) product += vectors[j * n + i]! * vectors[l * n + i]!;
        expect(product).toBeCloseTo(j === l ? 1 : 0, 9);
      }
    }
  });

  it('copes with a rank below the number of pairs asked for', () => {
    const n = 90;
    const a = Float64Array.from({ length: n * n }, () => 1);
    const { values } = leadingEigen(a, n, 3);
    expect(values[0]).toBeCloseTo(n, 9);
    expect(Math.abs(values[1]!)).toBeLessThan(1e-9);
  });
});
