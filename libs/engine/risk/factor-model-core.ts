import type { FactorModel } from '../input.js';
import { factorRoot } from './factor-covariance.js';
import type { InvalidRisk, RiskCore } from './risk-core.js';

/** The rows of a factor model that the universe needs, with the factor covariance multiplied into the loadings. */
export function factorModelCore(
  origin: 'REQUEST' | 'STORE',
  model: FactorModel,
  ids: readonly string[],
): RiskCore | InvalidRisk {
  const fault = shapeFault(model);
  if (fault !== null) return fault;
  const k = model.factorCovariance.length;
  const root = factorRoot(model.factorCovariance);
  if (root === null) return faulty('FACTOR_COVARIANCE', 'the factor covariance is not positive semidefinite');
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
    warnings: [],
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

function shapeFault(model: FactorModel): InvalidRisk | null {
  const { loadings, factorCovariance, specificVariance } = model;
  const n = model.instruments.length;
  const k = factorCovariance.length;
  if (new Set(model.instruments).size !== n) {
    return faulty('INSTRUMENTS', 'the factor model names an instrument twice');
  }
  if (loadings.length !== n) {
    return faulty('LOADINGS', `the factor model has ${n} instruments and ${loadings.length} rows of loadings`);
  }
  if (specificVariance.length !== n) {
    const sizes = `${n} instruments and ${specificVariance.length} specific variances`;
    return faulty('SPECIFIC_VARIANCE', `the factor model has ${sizes}`);
  }
  const uneven = loadings.findIndex((row) => row.length !== k);
  if (uneven >= 0) {
    const entries = `${loadings[uneven]!.length} entries for ${k} factors`;
    return faulty('LOADINGS', `row ${uneven} of the loadings has ${entries}`);
  }
  if (factorCovariance.some((row) => row.length !== k)) {
    return faulty('FACTOR_COVARIANCE', 'the factor covariance is not square');
  }
  if (specificVariance.some((value) => !(value >= 0 && value < Infinity))) {
    return faulty('SPECIFIC_VARIANCE', 'a specific variance of the factor model is negative or not finite');
  }
  if (!areFinite(loadings)) return faulty('LOADINGS', 'a loading of the factor model is not finite');
  return areFinite(factorCovariance)
    ? null
    : faulty('FACTOR_COVARIANCE', 'an entry of the factor covariance is not finite');
}

const faulty = (part: InvalidRisk['part'], invalid: string): InvalidRisk => ({ invalid, part });

function areFinite(rows: readonly (readonly number[])[]): boolean {
  for (const row of rows) for (const value of row) if (!Number.isFinite(value)) return false;
  return true;
}
