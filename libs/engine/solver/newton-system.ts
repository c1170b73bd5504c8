import { GROSS, GROUPS, INVESTED_MAX, INVESTED_MIN, RISK, TURNOVER, type PreparedProblem } from './prepared-problem.js';
import { choleskyFactor, choleskySolve, newScaledFactor, type ScaledFactor } from './regularised-cholesky.js';
import type { Response } from './separable.js';

/** With fewer factors than this, or more than half as many moving instruments, the factor block is formed itself. */
const FACTORS_MIN = 32;

/**
 * Minus a generalised Hessian of the dual function: sum of compliance_i a_i a_i' with a_i = (b_i, limit gradients at
 * w_i), and the factor term's own curvature 1/G. Its factor block is only ever applied inverted, by a Cholesky factor
 * of itself or, where few instruments move, of the smaller system that the Woodbury identity leaves: one unknown a
 * moving instrument.
 */
export class NewtonSystem {
  /** m x k row-major, a row each limit */
  readonly couplings: Float64Array;
  /** m x m row-major, lower triangle */
  readonly limits: Float64Array;
  private readonly corner: Float64Array;
  private readonly moving: Int32Array;
  private movingCount = 0;
  private usesWoodbury = false;
  private weight = 1;
  private factor: ScaledFactor;
  private readonly small: Float64Array;
  /** the limits that an instrument enters, and its gradients of them */
  private readonly entries: Int32Array;
  private readonly gradients: Float64Array;

  constructor(private readonly p: PreparedProblem) {
    const { n, k } = p;
    const m = p.caps.length;
    this.couplings = new Float64Array(m * k);
    this.limits = new Float64Array(m * m);
    this.corner = new Float64Array(k * k);
    this.moving = new Int32Array(n);
    this.small = new Float64Array(k >= FACTORS_MIN ? n : 0);
    this.factor = newScaledFactor(k);
    this.entries = new Int32Array(m);
    this.gradients = new Float64Array(m);
  }

  /**
   * @param at weights, trades and compliances of the instruments
   * @param implied the exposures v that the factor dual stands for, k
   * @param isFree one a limit: rows of the others are left zero
   * @param weight G, of the factor term
   */
  assemble(at: Response, implied: Float64Array, isFree: Uint8Array, weight: number): void {
    const { p, couplings, limits, corner } = this;
    const { n, k, loadings } = p;
    this.weight = weight;
    this.movingCount = 0;
    for (let i = 0; i < n; i += 1) if (at.compliance[i] !== 0) this.moving[this.movingCount++] = i;
    this.usesWoodbury = k >= FACTORS_MIN && 2 * this.movingCount < k;
    couplings.fill(0);
    limits.fill(0);
    if (!this.usesWoodbury) corner.fill(0);
    for (let a = 0; a < this.movingCount; a += 1) {
      const i = this.moving[a]!;
      const h = at.compliance[i]!;
      if (!this.usesWoodbury) addSquare(corner, loadings, i * k, k, h);
      this.addLimits(i, h, this.enteredLimits(i, at, isFree));
    }
    this.addFactorTerm(implied, isFree[RISK] === 1);
    this.factorise(at.compliance);
  }

  /** Solves in place for the factor block. */
  solveFactors(right: Float64Array, from: number): void {
    const { p, weight, small, moving, movingCount } = this;
    const { k, loadings } = p;
    if (!this.usesWoodbury) {
      choleskySolve(this.factor, right, from, k);
      return;
    }
    // (I/G + B'HB)^-1 = G (I - B' (H^-1/G + BB')^-1 B), over the rows of B that move
    for (let a = 0; a < movingCount; a += 1) {
      let sum = 0;
      for (let j = 0, at = moving[a]! * k; j < k; j += 1, at += 1) sum += loadings[at]! * right[from + j]!;
      small[a] = sum;
    }
    choleskySolve(this.factor, small, 0, movingCount);
    for (let j = 0; j < k; j += 1) right[from + j]! *= weight;
    for (let a = 0; a < movingCount; a += 1) {
      const scaled = weight * small[a]!;
      for (let j = 0, at = moving[a]! * k; j < k; j += 1, at += 1) right[from + j]! -= scaled * loadings[at]!;
    }
  }

  private enteredLimits(i: number, at: Response, isFree: Uint8Array): number {
    const { entries, gradients, p } = this;
    let count = 0;
    for (let j = 0; j < GROUPS; j += 1) {
      if (isFree[j] === 0) continue;
      entries[count] = j;
      gradients[count] = limitGradient(p, at, i, j);
      count += 1;
    }
    const end = p.groupStart[i + 1]!;
    for (let g = p.groupStart[i]!; g < end; g += 1) {
      const group = GROUPS + p.groupOf[g]!;
      if (isFree[group] === 0) continue;
      entries[count] = group;
      gradients[count] = 1;
      count += 1;
    }
    return count;
  }

  private addLimits(i: number, h: number, count: number): void {
    const { p, entries, gradients, couplings, limits } = this;
    const { k, loadings } = p;
    const m = p.caps.length;
    for (let r = 0; r < count; r += 1) {
      const scaled = h * gradients[r]!;
      const row = entries[r]!;
      for (let j = 0, to = row * k, from = i * k; j < k; j += 1, to += 1, from += 1) {
        couplings[to]! += scaled * loadings[from]!;
      }
      for (let c = 0; c <= r; c += 1) limits[row * m + entries[c]!]! += scaled * gradients[c]!;
    }
  }

  /** The second derivatives of |y + ..|^2 / (2 G) in y and the risk price, which is part of G. */
  private addFactorTerm(implied: Float64Array, isRiskFree: boolean): void {
    const { couplings, limits, corner, weight } = this;
    const { k, caps } = this.p;
    let squares = 0;
    for (let j = 0; j < k; j += 1) {
      if (!this.usesWoodbury) corner[j * k + j]! += 1 / weight;
      if (isRiskFree) couplings[RISK * k + j]! -= implied[j]! / weight;
      squares += implied[j]! * implied[j]!;
    }
    if (isRiskFree) limits[RISK * caps.length + RISK]! += squares / weight;
  }

  private factorise(compliance: Float64Array): void {
    const { k, loadings } = this.p;
    const { moving, movingCount: count, weight } = this;
    if (!this.usesWoodbury) {
      this.factor = choleskyFactor(this.corner, k, k, this.factor);
      return;
    }
    const gram = new Float64Array(count * count);
    for (let a = 0; a < count; a += 1) {
      for (let b = 0; b <= a; b += 1) {
        let sum = 0;
        for (let j = 0, one = moving[a]! * k, other = moving[b]! * k; j < k; j += 1) {
          sum += loadings[one + j]! * loadings[other + j]!;
        }
        gram[a * count + b] = sum;
      }
      gram[a * count + a]! += 1 / (compliance[moving[a]!]! * weight);
    }
    this.factor = choleskyFactor(gram, count, count, newScaledFactor(count));
  }
}

function limitGradient(p: PreparedProblem, { w, x }: Response, i: number, limit: number): number {
  switch (limit) {
    case INVESTED_MAX: {
      const marginal = p.paidLinear[i]! + 1.5 * p.paidImpact[i]! * Math.sqrt(Math.abs(x[i]!));
      return x[i]! > 0 ? 1 + marginal : 1 - marginal;
    }
    case INVESTED_MIN:
      return -1;
    case TURNOVER:
      return x[i]! > 0 ? 1 : -1;
    case RISK:
      return p.specific[i]! * w[i]!;
    case GROSS:
      return w[i]! > 0 ? 1 : -1;
    default:
      return 1;
  }
}

/** square += h b b' for the row b of the loadings, k x k, lower triangle */
function addSquare(square: Float64Array, loadings: Float64Array, from: number, k: number, h: number): void {
  for (let r = 0, at = 0; r < k; r += 1, at += k) {
    const scaled = h * loadings[from + r]!;
    if (scaled === 0) continue;
    for (let c = 0; c <= r; c += 1) square[at + c]! += scaled * loadings[from + c]!;
  }
}
