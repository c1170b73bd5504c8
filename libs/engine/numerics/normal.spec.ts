import { normalCdf, normalPdf } from './normal.js';

describe('normal distribution', () => {
  // reference values computed with 30 digits
  it.each([
    [-0.1, 0.46017216272297101],
    [-1, 0.15865525393145705],
    [-1.4999, 0.0668201539998336035],
    [-1.5, 0.066807201268858066],
    [-1.6448536269514722, 0.0500000000000000539],
    [-2.5, 0.00620966532577613517],
    [-5, 2.8665157187919391e-7],
    [-10, 7.6198530241605261e-24],
    [-20, 2.7536241186062337e-89],
    [-37, 5.72557122252457682e-300],
    [0.3, 0.61791142218895256],
    [3, 0.9986501019683699],
  ])('Phi(%p) = %p', (x, expected) => {
    expect(Math.abs(normalCdf(x) / expected - 1)).toBeLessThan(3e-15);
  });

  it('is symmetric, monotone and bounded', () => {
    expect(normalCdf(0)).toBe(0.5);
    expect(normalCdf(40)).toBe(1);
    expect(normalCdf(-40)).toBe(0);
    let previous = 0;
    for (let x = -9; x <= 9; x += 0.01) {
      const value = normalCdf(x);
      expect(value).toBeGreaterThanOrEqual(previous);
      expect(Math.abs(value + normalCdf(-x) - 1)).toBeLessThan(3e-16);
      previous = value;
    }
  });

  it('has the density of the VaR quantile', () => {
    expect(normalPdf(0)).toBeCloseTo(0.3989422804014327, 16);
    expect(Math.abs(normalPdf(1.6448536269514722) / 0.10313564037537139 - 1)).toBeLessThan(2e-15);
    expect(Math.abs(normalPdf(30) / 1.4736461348785476e-196 - 1)).toBeLessThan(2e-15);
    expect(normalPdf(40)).toBe(0);
  });
});
