/**
 * exp, 2^x and ln from + - * / alone, so that every process and every JavaScript engine gives the same bits
 * (Math.exp and Math.log may differ by an ulp between versions).
 *
 * Method: argument reduction to |r| <= ln(2)/2 and a truncated series. Relative error below 3e-16.
 * Reference: J.-M. Muller, Elementary Functions (2016), chapter 11.
 */

const LOG2_E = 1.4426950408889634;
/** ln 2 in two parts; k * LN2_HIGH is exact for |k| < 2^20 */
const LN2_HIGH = 6.93147180369123816e-1;
const LN2_LOW = 1.9082149292705877e-10;
const LN2 = 0.6931471805599453;
const OVERFLOW = 709.782712893384;
const UNDERFLOW = -745.1332191019412;

const bits = new DataView(new ArrayBuffer(8));

/** e^x. Infinity above 709.78, 0 below -745.13, NaN for NaN. */
export function exp(x: number): number {
  if (x > OVERFLOW) return Infinity;
  if (x < UNDERFLOW) return 0;
  const k = Math.floor(x * LOG2_E + 0.5);
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  return scaleByPowerOfTwo(expReduced(high, low), k);
}

/** 2^x, exact at integers. Infinity from 1024, 0 below -1075. */
export function exp2(x: number): number {
  if (x >= 1024) return Infinity;
  if (x < -1075) return 0;
  const k = Math.floor(x + 0.5);
  return scaleByPowerOfTwo(expReduced((x - k) * LN2, 0), k);
}

/** Natural logarithm. -Infinity at 0, NaN below. */
export function ln(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return Infinity;
  const [mantissa, exponent] = split(x);
  const f = mantissa - 1;
  const s = f / (2 + f);
  const z = s * s;
  // ln(1 + f) = f - f^2/2 + s (f^2/2 + R), R = sum of 2 z^j / (2j + 1)
  let series = 0;
  for (let j = 10; j >= 1; j--) series = z * (2 / (2 * j + 1) + series);
  const half = 0.5 * f * f;
  return exponent * LN2_HIGH - (half - (s * (half + series) + exponent * LN2_LOW) - f);
}

/** e^(high - low) for |high - low| <= 0.35 by its Taylor series, whose 14th term is below 4e-18 */
function expReduced(high: number, low: number): number {
  const r = high - low;
  let tail = 1 / 6227020800;
  tail = 1 / 479001600 + r * tail;
  tail = 1 / 39916800 + r * tail;
  tail = 1 / 3628800 + r * tail;
  tail = 1 / 362880 + r * tail;
  tail = 1 / 40320 + r * tail;
  tail = 1 / 5040 + r * tail;
  tail = 1 / 720 + r * tail;
  tail = 1 / 120 + r * tail;
  tail = 1 / 24 + r * tail;
  tail = 1 / 6 + r * tail;
  tail = 0.5 + r * tail;
  return 1 + (r * r * tail - low + high);
}

/** x = mantissa * 2^exponent with the mantissa in [sqrt(1/2), sqrt(2)) */
function split(x: number): [number, number] {
  let exponent = 0;
  let value = x;
  if (value < 2.2250738585072014e-308) {
    value *= 18014398509481984; // 2^54 lifts a subnormal into the normal range
    exponent = -54;
  }
  bits.setFloat64(0, value);
  const top = bits.getUint32(0);
  exponent += (top >>> 20) - 1023;
  bits.setUint32(0, (top & 0x000fffff) | 0x3ff00000);
  const mantissa = bits.getFloat64(0);
  return mantissa >= 1.4142135623730951 ? [mantissa * 0.5, exponent + 1] : [mantissa, exponent];
}

function scaleByPowerOfTwo(x: number, k: number): number {
  if (k > 1023) return x * 2 * powerOfTwo(k - 1);
  if (k >= -1022) return x * powerOfTwo(k);
  return x * powerOfTwo(k + 600) * powerOfTwo(-600);
}

/** -1022 <= k <= 1023 */
function powerOfTwo(k: number): number {
  bits.setUint32(0, (k + 1023) << 20);
  bits.setUint32(4, 0);
  return bits.getFloat64(0);
}
