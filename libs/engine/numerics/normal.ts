import { exp } from './exponential.js';

const INVERSE_SQRT_TWO_PI = 0.3989422804014327;
/** below it the tail is 1/2 minus a series, above it a continued fraction */
const SERIES_LIMIT = 1.5;

/** Density of the standard normal distribution, relative error about 1e-15 (far tail included). */
export function normalPdf(x: number): number {
  const size = Math.abs(x);
  if (size > 39) return 0;
  // x^2 in two exact-enough parts: rounding x^2 itself would cost x^2/2 ulps
  const coarse = Math.floor(size * 16) / 16;
  const rest = (size - coarse) * (size + coarse);
  return INVERSE_SQRT_TWO_PI * exp(-0.5 * coarse * coarse) * exp(-0.5 * rest);
}

/** Phi(x), distribution function of the standard normal; relative error about 2e-15 in both tails. */
export function normalCdf(x: number): number {
  if (x === 0) return 0.5;
  if (x > 0) return x < SERIES_LIMIT ? 0.5 + centralArea(x) : 1 - upperTail(x);
  return -x < SERIES_LIMIT ? 0.5 - centralArea(-x) : upperTail(-x);
}

/** P(0 < Z < x) = phi(x) (x + x^3/3 + x^5/(3 5) + ...); every term is positive (Abramowitz and Stegun 26.2.11) */
function centralArea(x: number): number {
  const square = x * x;
  let term = x;
  let total = x;
  for (let odd = 3; odd <= 61 && term > total * 1e-17; odd += 2) {
    term *= square / odd;
    total += term;
  }
  return normalPdf(x) * total;
}

/** P(Z > x) for x >= 1.5 = phi(x) / (x + 1/(x + 2/(x + 3/(x + ...)))) (Abramowitz and Stegun 26.2.14) */
function upperTail(x: number): number {
  if (x > 39) return 0;
  const depth = Math.floor(20 + 430 / (x * x));
  let fraction = x;
  for (let j = depth; j >= 1; j--) fraction = x + j / fraction;
  return normalPdf(x) / fraction;
}
