import type { FactorModel } from '../input.js';
import { factorRoot } from './factor-covariance.js';
import type { RiskCore } from './risk-core.js';

/** The rows of a factor model that the universe needs, with the factor covariance multiplied into the loadings. */
export function factorModelCore(
  origin: 'REQUEST' | 'STORE',
  model: FactorModel,
  ids: readonly string[],
): RiskCore | { invalid: string } {
  const problem = shapeProblem(model);
  if (problem !== null) return { invalid: problem };
  const k = model.factorCovariance.length;
  const { root, clipped } = factorRoot(model.factorCovariance);
  const rows = new Map(model.instruments.map((id, row) => [id, row]));
  const n = ids.length;
  const loadings = new Float64Array(n * k);
  const specific = new Float64Array(n);
  ids.forEach((id, i) => {
    const row = rows.get(id);
    if (row === undefined) return;
    rotate(model.loadings[row]!, root, k, loadings, i * k);
    specific[i] = model.specificVariance[row]!;
  });
  return {
    id: model.id,
    source: origin === 'REQUEST' ? 'REQUEST_FACTOR_MODEL' : 'STORE',
    regime: model.regime,
    k,
    loadings,
    specific,
    covered: ids.map((id) => rows.has(id)),
    meanDirection: () => meanDirection(model, root, k),
    warnings: clipped
      ? ['The factor covariance is not positive semidefinite: its negative eigenvalues were set to zero.']
      : [],
  };
}

/** Writes row C to target, which holds zeros from `offset` on. */
function rotate(row: readonly number[], root: Float64Array, k: number, target: Float64Array, offset: number): void {
  for (let g = 0; g < k; g++) {
    const loading = row[g]!;
    for (let f = 0; f < k; f++) target[offset + f]! += loading * root[g * k + f]!;
  }
}

function meanDirection(model: FactorModel, root: Float64Array, k: number): Float64Array {
  const mean = new Float64Array(k);
  const rotated = new Float64Array(k);
  let count = 0;
  model.loadings.forEach((row, i) => {
    rotated.fill(0);
    rotate(row, root, k, rotated, 0);
    let variance = model.specificVariance[i]!;
    for (const value of rotated) variance += value * value;
    if (!(variance > 0)) return;
    const scale = 1 / Math.sqrt(variance);
    for (let f = 0; f < k; f++) mean[f]! += rotated[f]! * scale;
    count++;
  });
  return count > 0 ? mean.map((value) => value / count) : mean;
}

function shapeProblem(model: FactorModel): string | null {
  const n = model.instruments.length;
  const k = model.factorCovariance.length;
  if (new Set(model.instruments).size !== n) return 'the factor model names an instrument twice';
  if (model.loadings.length !== n)
    return `the factor model has ${n} instruments and ${model.loadings.length} rows of loadings`;
  if (model.specificVariance.length !== n) {
    return `the factor model has ${n} instruments and ${model.specificVariance.length} specific variances`;
  }
  const uneven = model.loadings.findIndex((row) => row.length !== k);
  if (uneven >= 0)
    return `row ${uneven} of the loadings has ${model.loadings[uneven]!.length} entries for ${k} factors`;
  if (model.factorCovariance.some((row) => row.length !== k)) return 'the factor covariance is not square';
  if (model.specificVariance.some((value) => !(value >= 0 && value < Infinity))) {
    return 'a specific variance of the factor model is negative or not finite';
  }
  return areFinite(model.loadings) && areFinite(model.factorCovariance)
    ? null
    : 'an entry of the factor model is not finite';
}

function areFinite(rows: readonly (readonly number[])[]): boolean {
  for (const row of rows) for (const value of row) if (!Number.isFinite(value)) return false;
  return true;
}
