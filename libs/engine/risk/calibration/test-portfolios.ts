import type { FactorEstimate } from '../factor-estimate.js';

/** random portfolios of either kind */
export const RANDOM_PORTFOLIOS = 20;

/**
 * Weights by instrument: all equal, then long-only ones drawn from (0, 1), then long-short ones from (-1, 1). A fixed seed: the same
 * portfolios on every day and in every build.
 */
export function fixedPortfolios(n: number): readonly Float64Array[] {
  const next = uniform(20110);
  const drawn = (low: number): Float64Array[] =>
    Array.from({ length: RANDOM_PORTFOLIOS }, () => Float64Array.from({ length: n }, () => low + (1 - low) * next()));
  return [new Float64Array(n).fill(1), ...drawn(0), ...drawn(-1)];
}

/** The portfolio along factor f of an estimate: what has its returns, v_i / sigma_i, for the given rows of the estimate. */
export function factorPortfolio(
  core: FactorEstimate,
  f: number,
  rows: Int32Array,
  rowOf: Int32Array,
  volatility: Float64Array,
): Float64Array {
  return Float64Array.from(rows, (i) => core.loadings[rowOf[i]! * core.k + f]! / volatility[i]!);
}

/** in [0, 1): a congruential generator, its high bits */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}
