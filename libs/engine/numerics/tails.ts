import { exp, ln } from './exponential.js';
import { normalCdf } from './normal.js';

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];
const HALF_LN_TWO_PI = 0.9189385332046727;

/** ln Gamma(x) for x > 0.5 (Lanczos, g = 7, n = 9), relative error about 1e-15. */
function lnGamma(x: number): number {
  const below = x - 1;
  let series = LANCZOS[0]!;
  for (let i = 1; i < LANCZOS.length; i++) series += LANCZOS[i]! / (below + i);
  const t = below + 7.5;
  return HALF_LN_TWO_PI + (below + 0.5) * ln(t) - t + ln(series);
}

/** Regularised incomplete beta function I_x(a, b), a and b >= 0.5, by its continued fraction (modified Lentz; DLMF 8.17.22). */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (!(x > 0)) return Number.isNaN(x) ? NaN : 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = exp(lnGamma(a + b) - lnGamma(a) - lnGamma(b) + a * ln(x) + b * ln(1 - x)) / a;
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / notZero(1 - ((a + b) * x) / (a + 1), tiny);
  let fraction = d;
  for (let m = 1; m <= 500; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / notZero(1 + even * d, tiny);
    c = notZero(1 + even / c, tiny);
    fraction *= c * d;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / notZero(1 + odd * d, tiny);
    c = notZero(1 + odd / c, tiny);
    const factor = c * d;
    fraction *= factor;
    if (Math.abs(factor - 1) < 1e-16) break;
  }
  return front * fraction;
}

function notZero(value: number, tiny: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}

/** P(T > t) of Student's t with `degrees` >= 1 degrees of freedom. */
export function studentUpperTail(t: number, degrees: number): number {
  const half = 0.5 * incompleteBeta(degrees / (degrees + t * t), 0.5 * degrees, 0.5);
  return t >= 0 ? half : 1 - half;
}

/** P(X > x) of the chi-squared distribution with one or two degrees of freedom. */
export function chiSquaredUpperTail(x: number, degrees: 1 | 2): number {
  if (!(x > 0)) return Number.isNaN(x) ? NaN : 1;
  return degrees === 1 ? 2 * normalCdf(-Math.sqrt(x)) : exp(-0.5 * x);
}
