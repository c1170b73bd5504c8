import { GROSS, GROUPS, INVESTED_MAX, INVESTED_MIN, RISK, TURNOVER, type PreparedProblem } from './prepared-problem.js';
import { choleskyFactor, choleskySolve, newScaledFactor, type ScaledFactor } from './regularised-cholesky.js';
import type { Response } from './separable.js';

/** With fewer factors than this, or more than half as many moving instruments, the factor block is formed itself. */
const FACTORS_MIN = 32;

/** Rows are added to the Gram matrix so many at a time: reading and writing its entries is what takes the time. */
const BLOCK = 4;

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
  /** of the factors and those limits that all instruments enter, lower triangle, rows of length `width` */
  private readonly gram: Float64Array;
  private width: number;
  /** those limits */
  private readonly heads: Int32Array;
  /** BLOCK rows of a_i, without groups, and the same times their compliances */
  private readonly block: Float64Array;
  private readonly scaled: Float64Array;
  private filled = 0;
  private readonly moving: Int32Array;
  private movingCount = 0;
  private usesWoodbury = false;
  private weight = 1;
  /** of the factor block */
  private corner: ScaledFactor | undefined;
  /** of that or of the smaller system */
  private factor: ScaledFactor;
  private readonly small: Float64Array;

  constructor(private readonly p: PreparedProblem) {
    const { n, k } = p;
    const m = p.caps.length;
    this.width = k + GROUPS;
    this.couplings = new Float64Array(m * k);
    this.limits = new Float64Array(m * m);
    this.gram = new Float64Array(this.width * this.width);
    this.heads = new Int32Array(GROUPS);
    this.block = new Float64Array(BLOCK * this.width);
    this.scaled = new Float64Array(BLOCK * this.width);
    this.moving = new Int32Array(n);
    this.small = new Float64Array(k >= FACTORS_MIN ? n : 0);
    this.factor = newScaledFactor(0);
  }

  /**
   * @param at weights, trades and compliances of the instruments
   * @param implied the exposures v that the factor dual stands for, k
   * @param isFree one a limit: rows of the others are left zero
   * @param weight G, of the factor term
   */
  assemble(at: Response, implied: Float64Array, isFree: Uint8Array, weight: number): void {
    const { n, k } = this.p;
    let heads = 0;
    for (let j = 0; j < GROUPS; j += 1) if (isFree[j] === 1) this.heads[heads++] = j;
    this.width = k + heads;
    this.weight = weight;
    this.movingCount = 0;
    for (let i = 0; i < n; i += 1) if (at.compliance[i] !== 0) this.moving[this.movingCount++] = i;
    this.usesWoodbury = k >= FACTORS_MIN && 2 * this.movingCount < k;
    this.couplings.fill(0);
    this.limits.fill(0);
    this.gram.fill(0, this.usesWoodbury ? k * this.width : 0);
    for (let a = 0; a < this.movingCount; a += 1) this.addInstrument(this.moving[a]!, at, isFree);
    if (this.filled > 0) {
      this.scaled.fill(0, this.filled * this.width);
      this.addBlock();
    }
    this.distribute();
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

  private addInstrument(i: number, at: Response, isFree: Uint8Array): void {
    const { p, block, scaled, heads, width } = this;
    const { k, loadings, groupStart, groupOf } = p;
    const h = at.compliance[i]!;
    const to = this.filled * width;
    for (let j = 0, from = i * k; j < k; j += 1) block[to + j] = loadings[from + j]!;
    for (let c = k; c < width; c += 1) block[to + c] = limitGradient(p, at, i, heads[c - k]!);
    for (let c = 0; c < width; c += 1) scaled[to + c] = h * block[to + c]!;
    const end = groupStart[i + 1]!;
    for (let g = groupStart[i]!; g < end; g += 1) {
      const group = GROUPS + groupOf[g]!;
      if (isFree[group] === 1) this.addGroup(group, to, h, isFree, groupStart[i]!, g);
    }
    this.filled += 1;
    if (this.filled === BLOCK) this.addBlock();
  }

  /** A member's part in the row of a group, whose gradient is 1. */
  private addGroup(group: number, from: number, h: number, isFree: Uint8Array, first: number, last: number): void {
    const { p, couplings, limits, scaled, heads, width } = this;
    const { k, groupOf } = p;
    const row = group * p.caps.length;
    for (let j = 0; j < k; j += 1) couplings[group * k + j]! += scaled[from + j]!;
    for (let c = k; c < width; c += 1) limits[row + heads[c - k]!]! += scaled[from + c]!;
    for (let g = first; g <= last; g += 1) {
      const other = GROUPS + groupOf[g]!;
      if (isFree[other] === 1) limits[row + other]! += h;
    }
  }

  private addBlock(): void {
    const { gram, block, scaled, width } = this;
    const [b, c, d] = [width, 2 * width, 3 * width];
    for (let row = this.usesWoodbury ? this.p.k : 0; row < width; row += 1) {
      const one = scaled[row]!;
      const two = scaled[b + row]!;
      const three = scaled[c + row]!;
      const four = scaled[d + row]!;
      for (let j = 0, to = row * width; j <= row; j += 1) {
        gram[to + j]! += one * block[j]! + two * block[b + j]! + (three * block[c + j]! + four * block[d + j]!);
      }
    }
    this.filled = 0;
  }

  private distribute(): void {
    const { p, gram, couplings, limits, heads, width } = this;
    const { k } = p;
    for (let row = k; row < width; row += 1) {
      const limit = heads[row - k]!;
      for (let j = 0; j < k; j += 1) couplings[limit * k + j] = gram[row * width + j]!;
      for (let c = k; c <= row; c += 1) limits[limit * p.caps.length + heads[c - k]!] = gram[row * width + c]!;
    }
  }

  /** The second derivatives of |y + ..|^2 / (2 G) in y and the risk price, which is part of G. */
  private addFactorTerm(implied: Float64Array, isRiskFree: boolean): void {
    const { couplings, limits, gram, width, weight } = this;
    const { k, caps } = this.p;
    let squares = 0;
    for (let j = 0; j < k; j += 1) {
      if (!this.usesWoodbury) gram[j * width + j]! += 1 / weight;
      if (isRiskFree) couplings[RISK * k + j]! -= implied[j]! / weight;
      squares += implied[j]! * implied[j]!;
    }
    if (isRiskFree) limits[RISK * caps.length + RISK]! += squares / weight;
  }

  private factorise(compliance: Float64Array): void {
    const { k, loadings } = this.p;
    const { moving, movingCount: count, weight } = this;
    if (!this.usesWoodbury) {
      this.corner ??= newScaledFactor(k);
      this.factor = choleskyFactor(this.gram, this.width, k, this.corner);
      return;
    }
    const rows = new Float64Array(count * count);
    for (let a = 0; a < count; a += 1) {
      for (let b = 0; b <= a; b += 1) {
        let sum = 0;
        for (let j = 0, one = moving[a]! * k, other = moving[b]! * k; j < k; j += 1) {
          sum += loadings[one + j]! * loadings[other + j]!;
        }
        rows[a * count + b] = sum;
      }
      rows[a * count + a]! += 1 / (compliance[moving[a]!]! * weight);
    }
    this.factor = choleskyFactor(rows, count, count, newScaledFactor(count));
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
