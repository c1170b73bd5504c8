import { exp, exp2, ln } from './exponential.js';

const relative = (actual: number, expected: number): number => Math.abs(actual / expected - 1);

describe('exp', () => {
  it.each([
    [1, Math.E],
    [-1, 0.36787944117144233],
    [0.5, 1.6487212707001282],
    [10, 22026.465794806718],
    [-20, 2.061153622438558e-9],
    [700, 1.0142320547350045e304],
    [-700, 9.8596765437597708e-305],
  ])('e^%p is %p', (x, expected) => expect(relative(exp(x), expected)).toBeLessThan(5e-16));

  it('is exact at zero and saturates', () => {
    expect(exp(0)).toBe(1);
    expect(exp(710)).toBe(Infinity);
    expect(exp(-746)).toBe(0);
    expect(exp(-744.4)).toBeGreaterThan(0);
    expect(exp(NaN)).toBeNaN();
  });

  it('agrees with the platform to 4e-16 on a grid', () => {
    let worst = 0;
    for (let x = -50; x <= 50; x += 0.0137) worst = Math.max(worst, relative(exp(x), Math.exp(x)));
    expect(worst).toBeLessThan(4.5e-16);
  });
});

describe('exp2', () => {
  it('is exact at integers', () => {
    for (let k = -1074; k <= 1023; k += 1) expect(exp2(k)).toBe(2 ** k);
  });

  it('halves an age of one half-life', () => {
    expect(exp2(-0.5)).toBeCloseTo(Math.SQRT1_2, 15);
    expect(relative(exp2(-3.3), 0.10153154954452942)).toBeLessThan(5e-16);
    expect(exp2(1024)).toBe(Infinity);
    expect(exp2(-1100)).toBe(0);
  });
});

describe('ln', () => {
  it.each([
    [2, Math.LN2],
    [10, Math.LN10],
    [0.1, -2.302585092994046],
    [1e-310, -713.801378828154165],
    [1.0000001, 9.99999950583870452e-8],
    [1e300, 690.7755278982137],
  ])('ln %p is %p', (x, expected) => expect(relative(ln(x), expected)).toBeLessThan(5e-16));

  it('has the usual limits', () => {
    expect(ln(1)).toBe(0);
    expect(ln(0)).toBe(-Infinity);
    expect(ln(-1)).toBeNaN();
    expect(ln(Infinity)).toBe(Infinity);
  });

  it('undoes exp', () => {
    for (let x = -300; x <= 300; x += 1.37)
      expect(Math.abs(ln(exp(x)) - x)).toBeLessThan(3e-16 * Math.max(1, Math.abs(x)));
  });
});
