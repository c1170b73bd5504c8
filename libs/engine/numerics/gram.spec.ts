import { gramMatrix } from './gram.js';

describe('gramMatrix', () => {
  it.each([
    [1, 1],
    [3, 7],
    [4, 256],
    [9, 600],
  ])('of %p x %p is the inner products of the rows, below the diagonal', (n, length) => {
    const x = Float64Array.from({ length: n * length }, (_, at) => Math.sin(at * 1.7) + 0.1 * (at % 5));
    const product = gramMatrix(x, n, length);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let expected = 0;
        for (let t = 0; j <= i && t < length; t++) expected += x[i * length + t]! * x[j * length + t]!;
        expect(product[i * n + j]).toBeCloseTo(expected, 10);
      }
    }
  });
});
