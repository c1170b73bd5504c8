import type { WireFactorModel } from '#domain';

/** Entries of Sigma = B F B' + diag(D) of one trading day, by the index of the model's instruments. */
export interface FactorCovariance {
  readonly n: number;
  /** (B F B')_ij, the part that the factors explain */
  systematic(i: number, j: number): number;
  /** D_i */
  specific(i: number): number;
  /** sqrt(Sigma_ii) */
  volatility(i: number): number;
}

/** Multiplies the factor covariance in once (n k^2), so that every entry costs k. Summed in index order. */
export function factorCovariance(model: WireFactorModel): FactorCovariance {
  const { loadings, factor_covariance: factors, specific_variance } = model;
  const exposed = loadings.map((row) => factors.map((_, b) => dot(row, (a) => factors[a]?.[b] ?? 0)));
  const systematic = (i: number, j: number): number => {
    const other = loadings[j] ?? [];
    return dot(exposed[i] ?? [], (b) => other[b] ?? 0);
  };
  const specific = (i: number): number => specific_variance[i] ?? 0;
  const volatilities = loadings.map((_, i) => Math.sqrt(Math.max(0, systematic(i, i) + specific(i))));
  return { n: loadings.length, systematic, specific, volatility: (i) => volatilities[i] ?? 0 };
}

function dot(row: readonly number[], other: (index: number) => number): number {
  let sum = 0;
  for (let a = 0; a < row.length; a++) sum += (row[a] ?? 0) * other(a);
  return sum;
}
