import { correlationFactors } from './correlation.js';
import { PRIOR_VOLATILITY } from './prior.js';
import { type InvalidRisk, knownOr, type RiskCore } from './risk-core.js';

/** entries that differ by more from their mirror image, or from one on the diagonal, are told */
const TOLERANCE = 1e-8;

/** The covariance diag(sigma) R diag(sigma) of the universe's instruments that a correlation matrix names. */
export function correlationCore(
  instruments: readonly string[],
  values: readonly (readonly number[])[],
  ids: readonly string[],
  volatility: Float64Array,
): RiskCore | InvalidRisk {
  const problem = shapeProblem(instruments, values);
  if (problem !== null) return { invalid: problem, part: 'CORRELATION_MATRIX' };
  const rows = new Map(instruments.map((id, row) => [id, row]));
  const covered = ids.map((id) => rows.has(id));
  const members = ids.flatMap((id, i) => (covered[i] ? [{ i, row: rows.get(id)! }] : []));
  const { matrix, warnings } = unitSymmetric(
    values,
    members.map(({ row }) => row),
  );
  const { k, loadings: standardised, specific: share, repaired } = correlationFactors(matrix, members.length);
  if (repaired) {
    warnings.push(
      'The correlation matrix is not positive semidefinite: its negative eigenvalues were clipped and its diagonal scaled back to one.',
    );
  }
  const loadings = new Float64Array(ids.length * k);
  const specific = new Float64Array(ids.length);
  const mean = new Float64Array(k);
  members.forEach(({ i }, member) => {
    const sigma = knownOr(volatility[i]!, PRIOR_VOLATILITY);
    for (let f = 0; f < k; f++) {
      const loading = standardised[member * k + f]!;
      loadings[i * k + f] = sigma * loading;
      mean[f]! += loading / members.length;
    }
    specific[i] = sigma * sigma * share[member]!;
  });
  return {
    id: 'inline',
    source: 'REQUEST_CORRELATION',
    regime: 'NORMAL',
    k,
    loadings,
    specific,
    covered,
    meanDirection: () => mean,
    warnings,
  };
}

/** The chosen rows and columns, made exactly symmetric with a unit diagonal. */
function unitSymmetric(
  values: readonly (readonly number[])[],
  rows: readonly number[],
): { matrix: Float64Array; warnings: string[] } {
  const m = rows.length;
  const matrix = new Float64Array(m * m);
  let skew = 0;
  let offUnit = 0;
  for (let a = 0; a < m; a++) {
    offUnit = Math.max(offUnit, Math.abs(values[rows[a]!]![rows[a]!]! - 1));
    matrix[a * m + a] = 1;
    for (let b = 0; b < a; b++) {
      const below = values[rows[a]!]![rows[b]!]!;
      const above = values[rows[b]!]![rows[a]!]!;
      skew = Math.max(skew, Math.abs(below - above));
      matrix[a * m + b] = matrix[b * m + a] = 0.5 * (below + above);
    }
  }
  const warnings: string[] = [];
  if (skew > TOLERANCE) warnings.push('The correlation matrix is not symmetric: the mean of both halves was used.');
  if (offUnit > TOLERANCE) warnings.push('The diagonal of the correlation matrix is not one: it was set to one.');
  return { matrix, warnings };
}

function shapeProblem(instruments: readonly string[], values: readonly (readonly number[])[]): string | null {
  const n = instruments.length;
  if (new Set(instruments).size !== n) return 'the correlation matrix names an instrument twice';
  if (values.length !== n) return `the correlation matrix has ${values.length} rows for ${n} instruments`;
  const uneven = values.findIndex((row) => row.length !== n);
  if (uneven >= 0)
    return `row ${uneven} of the correlation matrix has ${values[uneven]!.length} entries for ${n} instruments`;
  return values.every((row) => row.every(Number.isFinite)) ? null : 'an entry of the correlation matrix is not finite';
}
