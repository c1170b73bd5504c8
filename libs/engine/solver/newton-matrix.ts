import { GROSS, GROUPS, INVESTED_MAX, INVESTED_MIN, RISK, TURNOVER, type PreparedProblem } from './prepared-problem.js';
import type { DualValue } from './dual.js';

/**
 * Minus the generalised Hessian of the dual function, in the order factors, then prices (lower triangle, row-major):
 * sum of compliance_i a_i a_i' with a_i = (b_i, limit gradients at w_i), and the factor term's own curvature.
 *
 * @param isFree one a multiplier: rows of the others are left zero
 * @param weight G, of the factor term
 * @param matrix (k+m) x (k+m), overwritten
 */
export function newtonMatrix(
  p: PreparedProblem,
  value: DualValue,
  isFree: Uint8Array,
  weight: number,
  matrix: Float64Array,
): void {
  const { k, groupStart, groupOf } = p;
  const size = k + p.caps.length;
  const { compliance } = value.response;
  matrix.fill(0);
  const head = headColumns(p, isFree);
  const row = new Float64Array(head.length);
  for (let i = 0; i < p.n; i += 1) {
    const h = compliance[i]!;
    if (h === 0) continue;
    for (let j = 0, at = i * k; j < k; j += 1, at += 1) row[j] = p.loadings[at]!;
    for (let c = k; c < head.length; c += 1) row[c] = limitGradient(p, value, i, head[c]! - k);
    addOuter(matrix, size, head, row, h);
    const end = groupStart[i + 1]!;
    for (let g = groupStart[i]!; g < end; g += 1) {
      const group = GROUPS + groupOf[g]!;
      if (isFree[group] === 0) continue;
      const at = (k + group) * size;
      for (let c = 0; c < head.length; c += 1) matrix[at + head[c]!]! += h * row[c]!;
      for (let other = groupStart[i]!; other < end; other += 1) {
        const partner = GROUPS + groupOf[other]!;
        if (partner <= group && isFree[partner] === 1) matrix[at + k + partner]! += h;
      }
    }
  }
  addFactorTerm(p, value.implied, isFree[RISK] === 1, weight, matrix);
}

/** The unknowns that every instrument's row has: the factors and the limits on all instruments together. */
function headColumns({ k }: PreparedProblem, isFree: Uint8Array): Int32Array {
  const columns: number[] = [];
  for (let j = 0; j < k; j += 1) columns.push(j);
  for (let j = 0; j < GROUPS; j += 1) if (isFree[j] === 1) columns.push(k + j);
  return Int32Array.from(columns);
}

function limitGradient(p: PreparedProblem, { response }: DualValue, i: number, limit: number): number {
  const x = response.x[i]!;
  switch (limit) {
    case INVESTED_MAX: {
      const marginal = p.paidLinear[i]! + 1.5 * p.paidImpact[i]! * Math.sqrt(Math.abs(x));
      return x > 0 ? 1 + marginal : 1 - marginal;
    }
    case INVESTED_MIN:
      return -1;
    case TURNOVER:
      return x > 0 ? 1 : -1;
    case RISK:
      return p.specific[i]! * response.w[i]!;
    case GROSS:
      return response.w[i]! > 0 ? 1 : -1;
    default:
      return 1;
  }
}

/** matrix += h row row', on the given columns (ascending), lower triangle */
function addOuter(matrix: Float64Array, size: number, columns: Int32Array, row: Float64Array, h: number): void {
  for (let r = 0; r < columns.length; r += 1) {
    const scaled = h * row[r]!;
    if (scaled === 0) continue;
    const at = columns[r]! * size;
    for (let c = 0; c <= r; c += 1) matrix[at + columns[c]!]! += scaled * row[c]!;
  }
}

/** The second derivatives of |y + ..|^2 / (2 G) in y and the risk price, which is part of G. */
function addFactorTerm(
  { k, caps }: PreparedProblem,
  implied: Float64Array,
  isRiskFree: boolean,
  weight: number,
  matrix: Float64Array,
): void {
  const size = k + caps.length;
  const risk = k + RISK;
  let squares = 0;
  for (let j = 0; j < k; j += 1) {
    matrix[j * size + j]! += 1 / weight;
    if (isRiskFree) matrix[risk * size + j]! -= implied[j]! / weight;
    squares += implied[j]! * implied[j]!;
  }
  if (isRiskFree) matrix[risk * size + risk]! += squares / weight;
}
