import { sum } from '../numerics/index.js';
import { ewmaWeights } from './ewma.js';
import type { ReturnTable } from './returns.js';

export interface Shrinkage {
  /** weight of the target, in [0, 1] */
  readonly intensity: number;
  /** the target's one correlation: the mean of the sample's */
  readonly averageCorrelation: number;
}

/**
 * Shrinks a sample correlation matrix in place toward the matrix of one common correlation (Ledoit and Wolf 2004, "Honey, I
 * shrunk the sample covariance matrix", appendix B, for unit variances): intensity = (pi - rho) / gamma / T_e, clamped to [0, 1], with
 * T_e = 1 / sum of squared weights as the number of days that exponential weights are worth.
 *
 * For standardised returns y the estimators need no n x n sums: with Q_t = sum_i y_it^2 and Y_t = sum_i y_it,
 * pi = sum_t w_t Q_t^2 - |R|^2 and rho = sum_i pi_ii + rbar sum_t w_t sum_i (y_it^2 - 1) y_it (Y_t - y_it). Missing returns count as 0 there.
 */
export function shrinkToConstantCorrelation(r: Float64Array, table: ReturnTable, halfLife: number): Shrinkage {
  const { n } = table;
  if (n < 2) return { intensity: 0, averageCorrelation: 0 };
  const off = offDiagonal(r, n);
  const { pi, rho, effectiveDays } = asymptoticVariances(table, halfLife, off.average, off.squares + n);
  const gamma = off.squares - n * (n - 1) * off.average * off.average;
  const ratio = gamma > 1e-12 * n * n ? (pi - rho) / gamma / effectiveDays : 1;
  const intensity = Math.min(Math.max(ratio, 0), 1);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      if (i !== j) r[i * n + j] = (1 - intensity) * r[i * n + j]! + intensity * off.average;
    }
  }
  return { intensity, averageCorrelation: off.average };
}

function offDiagonal(r: Float64Array, n: number): { average: number; squares: number } {
  let total = 0;
  let squares = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      total += 2 * r[i * n + j]!;
      squares += 2 * r[i * n + j]! * r[i * n + j]!;
    }
  }
  return { average: total / (n * (n - 1)), squares };
}

function asymptoticVariances(table: ReturnTable, halfLife: number, average: number, squaredNorm: number) {
  const { n, days, values } = table;
  const weights = ewmaWeights(days, halfLife);
  const total = sum(weights);
  const scales = inverseDeviations(table, weights);
  // over the instruments, for each day; instrument by instrument, as the returns lie in memory
  const level = new Float64Array(days);
  const squares = new Float64Array(days);
  const quartic = new Float64Array(days);
  const skewed = new Float64Array(days);
  for (let i = 0; i < n; i++) {
    for (let t = 0, at = i * days; t < days; t++, at++) {
      const y = values[at]! * scales[i]!;
      level[t]! += y;
      squares[t]! += y * y;
    }
  }
  for (let i = 0; i < n; i++) {
    for (let t = 0, at = i * days; t < days; t++, at++) {
      const y = values[at]! * scales[i]!;
      quartic[t]! += y * y * y * y;
      skewed[t]! += (y * y - 1) * y * (level[t]! - y);
    }
  }
  let [fourth, own, cross, squaredWeights] = [0, 0, 0, 0];
  for (let t = 0; t < days; t++) {
    const w = weights[t]! / total;
    squaredWeights += w * w;
    fourth += w * squares[t]! * squares[t]!;
    own += w * quartic[t]!;
    cross += w * skewed[t]!;
  }
  return { pi: fourth - squaredNorm, rho: own - n + average * cross, effectiveDays: 1 / squaredWeights };
}

/** 1 / deviation of each instrument under these weights; 0 where it never moved */
function inverseDeviations({ n, days, values, present }: ReturnTable, weights: Float64Array): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => {
    let squares = 0;
    let total = 0;
    for (let t = 0, at = i * days; t < days; t++, at++) {
      squares += weights[t]! * values[at]! * values[at]!;
      total += weights[t]! * present[at]!;
    }
    return squares > 0 ? Math.sqrt(total / squares) : 0;
  });
}
