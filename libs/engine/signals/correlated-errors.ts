import type { LearnedState } from '../input.js';
import { cholesky, choleskySolve } from '../numerics/index.js';

/** error correlation of two views of one source */
const SAME_SOURCE = 0.9;
/** of two views of different sources of which nothing has been learned */
const PRIOR = 0.2;
const OWN_ERROR = 1 - SAME_SOURCE;
/** how much of a learned correlation's excess over the prior is kept, in this order until the matrix is positive definite; the prior alone always is */
const DAMPING = [1, 0.5, 0.25, 0];
const PIVOT_FLOOR = 1e-10;

/** Learned error correlations of pairs of sources, by either name first. */
export type ErrorCorrelations = ReadonlyMap<string, ReadonlyMap<string, number>>;

export function errorCorrelations(learned: LearnedState): ErrorCorrelations {
  const bySource = new Map<string, Map<string, number>>();
  const put = (a: string, b: string, rho: number) => {
    const others = bySource.get(a) ?? new Map<string, number>();
    others.set(b, rho);
    bySource.set(a, others);
  };
  for (const { a, b, rho } of learned.errorCorrelation) {
    if (a === b) continue;
    put(a, b, rho);
    put(b, a, rho);
  }
  return bySource;
}

/**
 * Made for every instrument, mostly for two or three views: plain arrays, which are made many times faster than typed ones.
 *
 * Solves R u = v where R_st is 1 for s = t, 0.9 for two views of one source, and the error correlation of the two
 * sources otherwise.
 *
 * R = 0.1 I + Z C Z' with Z the membership of views in sources and C the correlations of the sources (0.9 on the
 * diagonal), so that the unknowns are the sums U_a of u over each source: (0.1 / m_a) U_a + (C U)_a = mean of v over a.
 * Sources of which nothing has been learned share the prior with everybody and are eliminated in closed form;
 * what is left is dense in the learned sources alone. A solve costs O(m), so that even thousands of views on one instrument are combined in time.
 */
export class CorrelatedErrors {
  /** of each view, an index into the sources */
  private readonly sourceOf: readonly number[];
  private readonly names: readonly string[];
  /** sources with something learned of them and another one that is present */
  private readonly related: readonly number[];
  private readonly isRelated: readonly boolean[];
  /** of the kept views, by source: how many, the mean of v, the sum of u */
  private readonly counts: number[];
  private readonly means: number[];
  private readonly sums: number[];

  constructor(
    sources: readonly string[],
    private readonly learned: ErrorCorrelations,
  ) {
    const index = new Map<string, number>();
    this.sourceOf = sources.map((name) => {
      const known = index.get(name);
      if (known !== undefined) return known;
      index.set(name, index.size);
      return index.size - 1;
    });
    this.names = [...index.keys()];
    this.isRelated = this.names.map((name) => {
      const others = learned.get(name);
      return others !== undefined && this.names.some((other) => others.has(other));
    });
    this.related = [...this.names.keys()].filter((a) => this.isRelated[a]);
    this.counts = this.names.map(() => 0);
    this.means = this.counts.slice();
    this.sums = this.counts.slice();
  }

  /**
   * @param kept the views that take part
   * @param v right-hand side, for every view
   * @param u receives the solution at the places of the kept views
   * @returns whether learned correlations had to be drawn toward the prior
   */
  solve(kept: readonly number[], v: readonly number[], u: number[]): boolean {
    const { counts, means, sourceOf } = this;
    counts.fill(0);
    means.fill(0);
    for (let at = 0; at < kept.length; at++) {
      const s = kept[at]!;
      counts[sourceOf[s]!]! += 1;
      means[sourceOf[s]!]! += v[s]!;
    }
    for (let a = 0; a < means.length; a++) if (counts[a]! > 0) means[a]! /= counts[a]!;
    for (const damping of DAMPING) {
      if (!this.sumBySource(damping)) continue;
      for (let at = 0; at < kept.length; at++) {
        const s = kept[at]!;
        const a = sourceOf[s]!;
        u[s] = (v[s]! - means[a]!) / OWN_ERROR + this.sums[a]! / counts[a]!;
      }
      return damping < 1;
    }
    throw new Error('CorrelatedErrors: the prior correlation matrix is not positive definite');
  }

  /** Writes U into `sums`; false where the matrix is not positive definite. */
  private sumBySource(damping: number): boolean {
    const { counts, means, sums, isRelated } = this;
    // a plain source: (diagonal_a) U_a + PRIOR T = mean_a, T the sum over all sources
    let ones = 0;
    let weighted = 0;
    for (let a = 0; a < counts.length; a++) {
      if (counts[a] === 0 || isRelated[a] === true) continue;
      const inverse = 1 / diagonal(counts[a]!);
      ones += inverse;
      weighted += means[a]! * inverse;
    }
    const shared = 1 + PRIOR * ones;
    const present = this.related.filter((a) => counts[a]! > 0);
    const dense = this.relatedSums(present, damping, PRIOR / shared, weighted);
    if (dense === null) return false;
    let total = weighted;
    for (const value of dense) total += value;
    total /= shared;
    for (let a = 0; a < counts.length; a++) {
      sums[a] = counts[a]! > 0 ? (means[a]! - PRIOR * total) / diagonal(counts[a]!) : 0;
    }
    present.forEach((a, i) => (sums[a] = dense[i]!));
    return true;
  }

  /** The Schur complement of the plain sources, solved for the related ones. */
  private relatedSums(
    present: readonly number[],
    damping: number,
    common: number,
    weighted: number,
  ): Float64Array | null {
    const { counts, means } = this;
    const l = present.length;
    if (l === 0) return NOTHING;
    const matrix = new Float64Array(l * l);
    present.forEach((a, i) => {
      const others = this.learned.get(this.names[a]!);
      present.forEach((b, j) => {
        const excess = i === j ? diagonal(counts[a]!) : damping * ((others?.get(this.names[b]!) ?? PRIOR) - PRIOR);
        matrix[i * l + j] = excess + common;
      });
    });
    const factor = cholesky(matrix, l, PIVOT_FLOOR);
    if (factor === null) return null;
    const solution = Float64Array.from(present, (a) => means[a]! - common * weighted);
    choleskySolve(factor, l, solution);
    return solution;
  }
}

const NOTHING = new Float64Array(0);

/** of the reduced system, with the prior that all sources share taken out */
function diagonal(count: number): number {
  return OWN_ERROR / count + SAME_SOURCE - PRIOR;
}
