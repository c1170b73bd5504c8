import type { DualPoint } from './dual.js';
import { choleskyFactor, choleskySolve } from './regularised-cholesky.js';

/**
 * Limits that no trading instrument moves leave zero rows, whose steps would be without measure: a price's pivot also
 * gets its gradient over the step that a price may take. That vanishes toward the solution (Levenberg and Marquardt).
 */
const STEP_MAX = 10;
/** Rounds of exchanging prices between free and fixed, and those that may pass without progress. */
const EXCHANGES_MAX = 40;
const PATIENCE = 3;

/**
 * The Newton step of a concave function with prices in [0, cap]: maximises gradient'd - d'Md/2 over the steps that keep
 * the free prices in their ranges. The factors are eliminated first; the small problem in the prices is solved by block
 * principal pivoting (Kim and Park, SIAM J. Sci. Comput. 33, 2011).
 *
 * @param matrix M, lower triangle in the order factors, prices; overwritten
 * @param isFree one a price: the others keep their values
 * @returns the step, and the derivative of the function along it
 */
export function newtonStep(
  matrix: Float64Array,
  gradient: DualPoint,
  point: DualPoint,
  caps: Float64Array,
  isFree: Uint8Array,
): { step: DualPoint; slope: number } {
  const k = gradient.factors.length;
  const size = k + caps.length;
  const free: number[] = [];
  for (let j = 0; j < caps.length; j += 1) if (isFree[j] === 1) free.push(j);

  const corner = choleskyFactor(matrix, size, k);
  const factorStep = gradient.factors.slice();
  choleskySolve(corner, factorStep, k);
  const couplings = free.map((j) => matrix.slice((k + j) * size, (k + j) * size + k));
  const responses = couplings.map((row) => {
    const response = row.slice();
    choleskySolve(corner, response, k);
    return response;
  });

  const m = free.length;
  const stepMax = STEP_MAX * (1 + point.prices.reduce((most, price) => Math.max(most, price), 0));
  const reduced = new Float64Array(m * m);
  const right = new Float64Array(m);
  const low = new Float64Array(m);
  const high = new Float64Array(m);
  for (let r = 0; r < m; r += 1) {
    const j = free[r]!;
    low[r] = -point.prices[j]!;
    high[r] = caps[j]! - point.prices[j]!;
    right[r] = gradient.prices[j]! - dot(couplings[r]!, factorStep);
    for (let c = 0; c <= r; c += 1) {
      const entry = matrix[(k + j) * size + k + free[c]!]! - dot(couplings[r]!, responses[c]!);
      reduced[r * m + c] = entry;
      reduced[c * m + r] = entry;
    }
    reduced[r * m + r]! += Math.abs(gradient.prices[j]!) / stepMax;
  }
  const priceStep = boxedQuadratic(reduced, right, low, high);

  const step: DualPoint = { factors: factorStep, prices: new Float64Array(caps.length) };
  for (let r = 0; r < m; r += 1) {
    const length = priceStep[r]!;
    step.prices[free[r]!] = length;
    for (let j = 0; j < k; j += 1) factorStep[j]! -= responses[r]![j]! * length;
  }
  return { step, slope: dot(gradient.factors, step.factors) + dot(gradient.prices, step.prices) };
}

/** Maximises right'd - d'Qd/2 over low <= d <= high, Q positive definite (m x m, full). */
function boxedQuadratic(Q: Float64Array, right: Float64Array, low: Float64Array, high: Float64Array): Float64Array {
  const m = right.length;
  const d = new Float64Array(m);
  // 0: solved for, -1 and 1: at the low and the high end
  const place = new Int8Array(m);
  let [fewest, patience] = [m + 1, PATIENCE];
  for (let exchange = 0; exchange < EXCHANGES_MAX; exchange += 1) {
    solvePlaced(Q, right, low, high, place, d);
    const moves = misplaced(Q, right, low, high, place, d);
    if (moves.length === 0) break;
    if (moves.length < fewest) [fewest, patience] = [moves.length, PATIENCE];
    else patience -= 1;
    const chosen = patience >= 0 ? moves : moves.slice(-1);
    for (const [r, to] of chosen) place[r] = to;
  }
  for (let r = 0; r < m; r += 1) d[r] = Math.min(high[r]!, Math.max(low[r]!, d[r]!));
  return d;
}

function solvePlaced(
  Q: Float64Array,
  right: Float64Array,
  low: Float64Array,
  high: Float64Array,
  place: Int8Array,
  d: Float64Array,
): void {
  const m = right.length;
  const open: number[] = [];
  for (let r = 0; r < m; r += 1) {
    if (place[r] === 0) open.push(r);
    else d[r] = place[r] === 1 ? high[r]! : low[r]!;
  }
  const size = open.length;
  const part = new Float64Array(size * size);
  const rest = new Float64Array(size);
  for (let a = 0; a < size; a += 1) {
    const r = open[a]!;
    rest[a] = right[r]!;
    for (let c = 0; c < m; c += 1) if (place[c] !== 0) rest[a]! -= Q[r * m + c]! * d[c]!;
    for (let b = 0; b <= a; b += 1) part[a * size + b] = Q[r * m + open[b]!]!;
  }
  choleskySolve(choleskyFactor(part, size, size), rest, size);
  for (let a = 0; a < size; a += 1) d[open[a]!] = rest[a]!;
}

/** Unknowns beyond their range, and those at an end that they would leave, with where they should go. */
function misplaced(
  Q: Float64Array,
  right: Float64Array,
  low: Float64Array,
  high: Float64Array,
  place: Int8Array,
  d: Float64Array,
): [number, number][] {
  const m = right.length;
  const moves: [number, number][] = [];
  for (let r = 0; r < m; r += 1) {
    if (place[r] === 0) {
      if (d[r]! < low[r]!) moves.push([r, -1]);
      else if (d[r]! > high[r]!) moves.push([r, 1]);
      continue;
    }
    let rise = right[r]!;
    for (let c = 0; c < m; c += 1) rise -= Q[r * m + c]! * d[c]!;
    if (place[r] === 1 ? rise < 0 : rise > 0) moves.push([r, 0]);
  }
  return moves;
}

function dot(u: Float64Array, v: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < u.length; j += 1) sum += u[j]! * v[j]!;
  return sum;
}
