import fc from 'fast-check';
import { ExactSum } from './exact-sum.js';

const term = fc.oneof(
  fc.double({ noNaN: true, min: -1e9, max: 1e9 }),
  fc.constantFrom(1e100, -1e100, 1, 1e-20, -1e-20, 2 ** 53, -(2 ** 53)),
);

function sumOf(terms: readonly number[]): ExactSum {
  const total = new ExactSum();
  terms.forEach((each) => total.add(each));
  return total;
}

describe('an exact sum', () => {
  it('keeps what plain addition loses', () => {
    expect(sumOf([1e100, 1, -1e100]).value).toBe(1);
    expect(sumOf(Array.from({ length: 10 }, () => 0.1)).value).toBe(1);
  });

  it('rounds a tie by what lies beyond it, as math.fsum does', () => {
    expect(sumOf([1e16, 1, 1e-16]).value).toBe(10000000000000002);
    expect(sumOf([1e16, 1, -1e-16]).value).toBe(1e16);
  });

  it('is the same to the last bit in any order and in any parts', () => {
    fc.assert(
      fc.property(fc.array(term, { maxLength: 40 }), fc.nat(), (terms, at) => {
        const cut = terms.length === 0 ? 0 : at % terms.length;
        const merged = sumOf(terms.slice(cut));
        merged.merge(new ExactSum(JSON.parse(JSON.stringify(sumOf(terms.slice(0, cut)))) as number[]));
        expect(merged.value + 0).toBe(sumOf(terms).value + 0);
        expect(sumOf([...terms].reverse()).value + 0).toBe(sumOf(terms).value + 0);
        expect(sumOf([...terms, ...terms.map((each) => -each)]).value + 0).toBe(0);
      }),
    );
  });

  it('takes products without rounding them', () => {
    const total = new ExactSum();
    total.addProduct(1 + 2 ** -30, 1 + 2 ** -30);
    total.add(-1 - 2 ** -29);
    expect(total.value).toBe(2 ** -60);
  });
});
