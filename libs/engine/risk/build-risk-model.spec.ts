import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { cholesky } from '../numerics/index.js';
import { buildRiskModel, type BuiltRiskModel, type CloseHistory } from './index.js';
import { returnTable } from './returns.js';
import { regimeOf } from './regime.js';
import { shrinkToConstantCorrelation } from './shrinkage.js';
import { ewmaCorrelations } from './ewma.js';

/** deterministic noise with a common part: sums of incommensurable waves, roughly uncorrelated across phases */
const noise = (seed: number, t: number) =>
  Math.sin(seed * 12.9898 + t * 78.233) + Math.sin(seed * 3.7 + t * t * 0.37) + Math.cos(seed * seed + t * 1.913);

interface Options {
  readonly days?: number;
  readonly missing?: (t: number, i: number) => boolean;
  readonly scale?: (t: number) => number;
}

function history(n: number, { days = 400, missing = () => false, scale = () => 1 }: Options = {}): CloseHistory {
  const closes: number[][] = [];
  const price = Array.from({ length: n }, (_, i) => 20 + i);
  for (let t = 0; t <= days; t++) {
    if (t > 0) {
      for (let i = 0; i < n; i++) price[i]! *= 1 + scale(t) * 0.004 * (1 + (i % 3)) * (noise(1000, t) + noise(i, t));
    }
    closes.push(price.map((p, i) => (missing(t, i) ? NaN : p)));
  }
  return {
    dates: closes.map((_, t) => `day ${String(t).padStart(5, '0')}`),
    instruments: price.map((_, i) => `I${i}`),
    closes: Float64Array.from(closes.flat()),
    sectors: price.map((_, i) => (i % 2 === 0 ? 'even' : 'odd')),
  };
}

function covariance({ model }: BuiltRiskModel, i: number, j: number): number {
  let total = i === j ? model.specificVariance[i]! : 0;
  model.loadings[i]!.forEach((loading, f) => (total += loading * model.loadings[j]![f]!));
  return total;
}

const correlation = (built: BuiltRiskModel, i: number, j: number): number =>
  covariance(built, i, j) / Math.sqrt(covariance(built, i, i) * covariance(built, j, j));

describe('volatilities and correlations', () => {
  it('weights squared returns by half-lives of 42 days', () => {
    const h = history(3);
    const { volatility } = buildRiskModel(h);
    let [squares, total] = [0, 0];
    for (let t = 1; t < h.dates.length; t++) {
      const r = h.closes[t * 3 + 1]! / h.closes[(t - 1) * 3 + 1]! - 1;
      const weight = 2 ** (-(h.dates.length - 1 - t) / 42);
      squares += weight * r * r;
      total += weight;
    }
    expect(volatility[1]).toBeCloseTo(Math.sqrt(squares / total), 15);
  });

  it('keeps each variance: factors and remainder add up to the EWMA variance', () => {
    const built = buildRiskModel(history(40));
    expect(built.model.factorCovariance).toHaveLength(15);
    built.volatility.forEach((sigma, i) => expect(covariance(built, i, i)).toBeCloseTo(sigma * sigma, 15));
  });

  it('reproduces the shrunk correlations where there are as many factors as instruments', () => {
    const h = history(6);
    const built = buildRiskModel(h);
    const table = returnTable(h);
    const r = ewmaCorrelations(table, 126);
    shrinkToConstantCorrelation(r, table, 126);
    for (let i = 0; i < 6; i++)
      for (let j = 0; j < i; j++) expect(correlation(built, i, j)).toBeCloseTo(r[i * 6 + j]!, 3);
    expect(built.diagnostics.explained.reduce((a, b) => a + b)).toBeCloseTo(1, 10);
  });

  it('shrinks as Ledoit and Wolf do, by brute force over all pairs', () => {
    const n = 12;
    const table = returnTable(history(n, { days: 250 }));
    const sample = ewmaCorrelations(table, 126);
    const shrunk = Float64Array.from(sample);
    const { intensity, averageCorrelation } = shrinkToConstantCorrelation(shrunk, table, 126);
    expect(intensity).toBeCloseTo(bruteForceIntensity(table.values, sample, n, table.days), 10);
    expect(intensity).toBeGreaterThan(0);
    expect(intensity).toBeLessThan(1);
    expect(shrunk[1]).toBeCloseTo((1 - intensity) * sample[1]! + intensity * averageCorrelation, 14);
  });
});

describe('missing days', () => {
  it('uses the common days of each pair and stays positive definite', () => {
    const n = 80;
    const built = buildRiskModel(
      history(n, { missing: (t, i) => (t * 7 + i * 13) % 11 === 0 || (i % 5 === 0 && t < 250) }),
    );
    const matrix = Float64Array.from({ length: n * n }, (_, at) => covariance(built, Math.floor(at / n), at % n));
    expect(cholesky(matrix, n)).not.toBeNull();
    expect(Math.min(...built.model.specificVariance)).toBeGreaterThanOrEqual(1e-8);
    expect(built.diagnostics.assumed).toEqual([]);
  });

  it('does not bridge a gap', () => {
    const table = returnTable({
      dates: ['1', '2', '3', '4', '5', '6', '7'],
      instruments: ['A'],
      closes: Float64Array.of(1, 2, NaN, 3, 4.5, 0, 5),
      sectors: [null],
    });
    expect(Array.from(table.present)).toEqual([1, 0, 0, 1, 0, 0]);
    expect(table.values[3]).toBe(0.5);
  });

  it('gives a newcomer the median volatility of its sector and the prior correlation', () => {
    const late = (t: number, i: number) => i >= 8 && t < 345;
    const built = buildRiskModel(history(10, { missing: late }));
    expect(built.diagnostics.assumed).toEqual(['I8', 'I9']);
    const evens = [0, 2, 4, 6].map((i) => built.volatility[i]!).sort((a, b) => a - b);
    expect(built.volatility[8]).toBeCloseTo((evens[1]! + evens[2]!) / 2, 15);
    expect(correlation(built, 8, 9)).toBeCloseTo(0.3, 12);
    const averages = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => correlation(built, 8, i));
    expect(averages.reduce((a, b) => a + b) / 8).toBeGreaterThan(0.1);
    expect(covariance(built, 8, 8)).toBeCloseTo(built.volatility[8]! ** 2, 15);
  });

  it('answers with priors alone where there is no history', () => {
    const built = buildRiskModel(history(3, { days: 10 }));
    expect(Array.from(built.volatility)).toEqual([0.02, 0.02, 0.02]);
    expect(correlation(built, 0, 2)).toBeCloseTo(0.3, 12);
    expect(built.model.regime).toBe('NORMAL');
    expect(built.diagnostics.regimePercentile).toBeNull();
    expect(
      buildRiskModel({ dates: [], instruments: [], closes: new Float64Array(), sectors: [] }).model.loadings,
    ).toEqual([]);
  });

  it('keeps an instrument that never moved at the floor', () => {
    const h = history(70);
    const still = { ...h, closes: h.closes.map((price, at) => (at % 70 === 3 ? 10 : price)) };
    const built = buildRiskModel(still);
    expect(built.volatility[3]).toBe(1e-4);
    expect(covariance(built, 3, 3)).toBeGreaterThan(1e-8);
    expect(covariance(built, 3, 3)).toBeLessThan(2.1e-8);
  });
});

describe('regime', () => {
  it.each([
    ['STRESSED', (t: number) => (t > 380 ? 4 : 1)],
    ['CALM', (t: number) => (t > 380 ? 0.25 : 1)],
    // the volatility rose long ago and has fallen half way since
    ['NORMAL', (t: number) => (t < 250 ? 1 : t < 330 ? 3 : 1.7)],
  ] as const)('is %s', (regime, scale) => {
    expect(buildRiskModel(history(20, { scale })).model.regime).toBe(regime);
  });

  it('is the share of the last 252 days that were no more volatile', () => {
    const factor = Float64Array.from({ length: 300 }, (_, t) => (t % 2 === 0 ? 1 : -1) * (1 + t / 100));
    expect(regimeOf(factor)).toMatchObject({ regime: 'STRESSED', percentile: 1 });
    expect(regimeOf(factor.reverse())).toMatchObject({ regime: 'CALM', percentile: 1 / 252 });
    expect(regimeOf(factor.slice(0, 79))).toEqual({ regime: 'NORMAL', percentile: null, volatility: null });
  });
});

describe('real closes', () => {
  const folder = join(process.env['COORDINATION_SHARED'] ?? join(process.cwd(), '..', 'shared'), 'data');
  const real = existsSync(folder) ? it : it.skip;

  real('gives a market factor, a volatile February 2018, and the same bits twice', () => {
    const h = realHistory(folder, 120, 500);
    const built = buildRiskModel(h);
    expect(built.model.regime).toBe('STRESSED');
    expect(built.diagnostics.explained[0]).toBeGreaterThan(0.15);
    expect(built.diagnostics.shrinkage).toBeGreaterThan(0.05);
    expect(built.diagnostics.shrinkage).toBeLessThan(0.6);
    expect(JSON.stringify(buildRiskModel(h))).toBe(JSON.stringify(built));
  });
});

function realHistory(folder: string, instruments: number, days: number): CloseHistory {
  const [head, ...lines] = gunzipSync(readFileSync(join(folder, 'prices.csv.gz')))
    .toString('utf8')
    .trim()
    .split('\n');
  const names = head!.split(',').slice(1, 1 + instruments);
  const rows = lines.slice(-days).map((line) => line.split(','));
  return {
    dates: rows.map((row) => row[0]!),
    instruments: names,
    closes: Float64Array.from(
      rows.flatMap((row) => row.slice(1, 1 + instruments).map((cell) => (cell === '' ? NaN : Number(cell)))),
    ),
    sectors: names.map(() => null),
  };
}

/** Ledoit and Wolf (2004), appendix B, pair by pair, on standardised returns with exponential weights. */
function bruteForceIntensity(values: Float64Array, r: Float64Array, n: number, days: number): number {
  const weights = Array.from({ length: days }, (_, t) => 2 ** (-(days - 1 - t) / 126));
  const total = weights.reduce((a, b) => a + b);
  const mean = (f: (t: number) => number) => weights.reduce((sum, w, t) => sum + (w / total) * f(t), 0);
  const deviation = Array.from({ length: n }, (_, i) => Math.sqrt(mean((t) => values[i * days + t]! ** 2)));
  const y = (i: number, t: number) => values[i * days + t]! / deviation[i]!;
  let average = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) if (i !== j) average += r[i * n + j]! / (n * (n - 1));
  let [pi, rho, gamma] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const s = r[i * n + j]!;
      const pair = mean((t) => (y(i, t) * y(j, t) - s) ** 2);
      pi += pair;
      if (i === j) rho += pair;
      else {
        const ofI = mean((t) => (y(i, t) ** 2 - 1) * (y(i, t) * y(j, t) - s));
        const ofJ = mean((t) => (y(j, t) ** 2 - 1) * (y(i, t) * y(j, t) - s));
        rho += (average / 2) * (ofI + ofJ);
        gamma += (s - average) ** 2;
      }
    }
  }
  const squares = weights.reduce((sum, w) => sum + (w / total) ** 2, 0);
  return ((pi - rho) / gamma) * squares;
}
