import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { symmetricEigen } from '../numerics/index.js';
import { ewmaCorrelations, ewmaVolatilities } from './ewma.js';
import { estimateFactors } from './factor-estimate.js';
import { buildRiskModel, type CloseHistory } from './index.js';
import { type ReturnTable, returnTable } from './returns.js';
import { shrinkToConstantCorrelation } from './shrinkage.js';

interface Reference {
  readonly volatility: readonly number[];
  readonly correlation: readonly number[];
  readonly covariance: readonly number[];
  readonly intensity: number;
  readonly average_correlation: number;
  readonly eigenvalues: readonly number[];
  readonly specific_variance: readonly number[];
}

/** made by `python bench/peers/risk_model.py fixtures`; the versions are in it */
const reference = JSON.parse(readFileSync(new URL('./risk-model.reference.json', import.meta.url), 'utf8')) as {
  readonly complete: Reference & { readonly returns: number[][] };
  readonly gaps: { readonly returns: (number | null)[][]; readonly correlation: number[] };
  readonly equal_weights: { readonly returns: number[][]; readonly intensity: number };
  readonly eigen: { readonly matrix: number[][]; readonly values: number[]; readonly vectors: number[][] };
  readonly shared: {
    readonly few: Reference & { readonly instruments: string[]; readonly days: number };
    readonly whole: Omit<Reference, 'correlation' | 'covariance'> & { readonly instruments: number };
  };
};

const TOLERANCE = 1e-10;

function expectEqual(ours: ArrayLike<number>, theirs: readonly number[]): void {
  expect(ours).toHaveLength(theirs.length);
  theirs.forEach((value, i) => {
    expect(Math.abs((ours[i] as number) - value)).toBeLessThanOrEqual(TOLERANCE * Math.max(Math.abs(value), 1e-300));
  });
}

function tableOf(returns: readonly (readonly (number | null)[])[]): ReturnTable {
  const days = returns[0]?.length ?? 0;
  return {
    n: returns.length,
    days,
    values: Float64Array.from(returns.flatMap((row) => row.map((value) => value ?? 0))),
    present: Uint8Array.from(returns.flatMap((row) => row.map((value) => (value === null ? 0 : 1)))),
    counts: Int32Array.from(returns, (row) => row.filter((value) => value !== null).length),
  };
}

const lower = (matrix: Float64Array, n: number): number[] =>
  Array.from({ length: n }, (_, i) => Array.from(matrix.subarray(i * n, i * n + i))).flat();

function compare(table: ReturnTable, theirs: Reference): void {
  const { n } = table;
  expectEqual(ewmaVolatilities(table, 42), theirs.volatility);
  const r = ewmaCorrelations(table, 126);
  expectEqual(lower(r, n), theirs.correlation);
  const slow = ewmaVolatilities(table, 126);
  const covariance = r.map((value, at) => value * slow[Math.floor(at / n)]! * slow[at % n]!);
  expectEqual(lower(covariance, n), theirs.covariance);
  const { intensity, averageCorrelation } = shrinkToConstantCorrelation(r, table, 126);
  expectEqual([intensity, averageCorrelation], [theirs.intensity, theirs.average_correlation]);
  expectEqual(estimateFactors(table).values, theirs.eigenvalues);
}

describe('numpy and scikit-learn', () => {
  it('give the same EWMA covariances, shrinkage and eigenvalues', () => {
    compare(tableOf(reference.complete.returns), reference.complete);
  });

  it('give the same correlations over the common days of each pair', () => {
    const table = tableOf(reference.gaps.returns);
    expectEqual(lower(ewmaCorrelations(table, 126), table.n), reference.gaps.correlation);
  });

  it('give the same eigenvectors', () => {
    const { matrix, values, vectors } = reference.eigen;
    const ours = symmetricEigen(Float64Array.from(matrix.flat()), 9);
    const scale = values[0]!;
    values.forEach((value, i) => expect(Math.abs(ours.values[i]! - value)).toBeLessThan(1e-13 * scale));
    vectors.flat().forEach((value, at) => expect(Math.abs(ours.vectors[at]! - value)).toBeLessThan(TOLERANCE));
  });

  it('and PyPortfolioOpt, after the authors’ own code, the same shrinkage where all days weigh the same', () => {
    const table = tableOf(reference.equal_weights.returns);
    const { intensity } = shrinkToConstantCorrelation(ewmaCorrelations(table, 1e300), table, 1e300);
    expectEqual([intensity], [reference.equal_weights.intensity]);
  });
});

const folder = join(process.env['COORDINATION_SHARED'] ?? join(process.cwd(), '..', 'shared'), 'data');
const onRealCloses = existsSync(folder) ? describe : describe.skip;

onRealCloses('numpy and scikit-learn on real closes', () => {
  const { few, whole } = reference.shared;

  it('give the same figures of twelve instruments', () => {
    const history = complete(folder);
    const columns = few.instruments.map((name) => history.instruments.indexOf(name));
    const n = history.instruments.length;
    const first = history.dates.length - 1 - few.days;
    const closes = history.dates
      .slice(first)
      .flatMap((_, t) => columns.map((i) => history.closes[(first + t) * n + i]!));
    const table = returnTable({
      dates: history.dates.slice(first),
      instruments: few.instruments,
      closes: Float64Array.from(closes),
      sectors: [],
    });
    compare(table, few);
  });

  it('give the same model of all', () => {
    const history = complete(folder);
    expect(history.instruments).toHaveLength(whole.instruments);
    const { model, volatility, diagnostics } = buildRiskModel(history);
    expectEqual([diagnostics.shrinkage, diagnostics.averageCorrelation], [whole.intensity, whole.average_correlation]);
    expectEqual(
      diagnostics.explained.map((share) => share * whole.instruments),
      whole.eigenvalues,
    );
    expectEqual(volatility.subarray(0, 20), whole.volatility);
    // what the factors leave over: of vectors in a crowded spectrum, which are less certain than their values
    whole.specific_variance.forEach((value, i) => {
      expect(Math.abs(model.specificVariance[i]! / value - 1)).toBeLessThan(1e-9);
    });
  });
});

/** the instruments that have a close on every day */
function complete(from: string): CloseHistory {
  const [head, ...lines] = gunzipSync(readFileSync(join(from, 'prices.csv.gz')))
    .toString('utf8')
    .trim()
    .split('\n');
  const rows = lines.map((line) => line.split(','));
  const columns = head!.split(',').flatMap((name, at) => {
    return at > 0 && rows.every((row) => row[at] !== '' && row[at] !== undefined) ? [{ name, at }] : [];
  });
  return {
    dates: rows.map((row) => row[0]!),
    instruments: columns.map(({ name }) => name),
    closes: Float64Array.from(rows.flatMap((row) => columns.map(({ at }) => Number(row[at])))),
    sectors: columns.map(() => null),
  };
}
