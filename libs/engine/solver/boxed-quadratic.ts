import { choleskyFactor, choleskySolve } from './regularised-cholesky.js';

/** Rounds of exchanging unknowns between solved-for and fixed, and those that may pass without progress. */
const EXCHANGES_MAX = 40;
const PATIENCE = 3;

/**
 * Maximises right'd - d'Qd/2 over low <= d <= high, Q positive definite (m x m, full), by block principal pivoting (Kim
 * and Park, SIAM J. Sci. Comput. 33, 2011).
 */
export function boxedQuadratic(
  Q: Float64Array,
  right: Float64Array,
  low: Float64Array,
  high: Float64Array,
): Float64Array {
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
  choleskySolve(choleskyFactor(part, size, size), rest, 0, size);
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
