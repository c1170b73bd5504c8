import fc from 'fast-check';
import { coordinationInput, type InputParts, signal } from '#testing';
import type { Signal } from '../input.js';
import { cholesky, choleskySolve, normalCdf } from '../numerics/index.js';
import { buildUniverse } from '../risk/index.js';
import type { Synthesis, Universe } from '../universe.js';
import { synthesise } from './index.js';

const IDS = ['A', 'B', 'C', 'D', 'E', 'F'];
const wave = (i: number, f: number) => 0.012 * Math.cos(1 + 1.7 * i + 2.9 * f) + (f === 0 ? 0.01 : 0);
const risk = {
  kind: 'FACTOR_MODEL',
  origin: 'REQUEST',
  model: {
    id: 'inline',
    instruments: IDS,
    loadings: IDS.map((_, i) => [wave(i, 0), wave(i, 1)]),
    factorCovariance: [
      [1, 0.3],
      [0.3, 0.8],
    ],
    specificVariance: IDS.map((_, i) => 1e-4 * (1 + i)),
    regime: 'NORMAL',
  },
} as const;

function run(parts: InputParts): { universe: Universe; synthesis: Synthesis } {
  const facts = IDS.map((instrumentId) => ({ instrumentId, price: 10, adv: 1e6, halfSpread: 1e-4 }));
  const holdings = IDS.map((instrumentId) => ({ instrumentId, quantity: 1 }));
  const input = coordinationInput({
    market: { requestFacts: facts, risk },
    portfolio: { positions: holdings },
    ...parts,
  });
  const built = buildUniverse(input);
  if (built.kind !== 'UNIVERSE') throw new Error(built.kind);
  return { universe: built.universe, synthesis: synthesise(input, built.universe) };
}

function sigmaMatrix({ risk: view }: Universe): number[][] {
  return Array.from({ length: view.n }, (_, i) =>
    Array.from({ length: view.n }, (__, j) => {
      let total = i === j ? view.specific[i]! : 0;
      for (let f = 0; f < view.k; f++) total += view.loadings[i * view.k + f]! * view.loadings[j * view.k + f]!;
      return total;
    }),
  );
}

const signals: fc.Arbitrary<Signal[]> = fc
  .array(
    fc.record({
      instrument: fc.constantFrom(...IDS),
      source: fc.constantFrom('x', 'y', 'z'),
      action: fc.constantFrom('BUY', 'SELL', 'HOLD'),
      strength: fc.double({ min: 0, max: 1, noNaN: true }),
      confidence: fc.double({ min: 0.2, max: 1, noNaN: true }),
      horizonDays: fc.integer({ min: 1, max: 30 }),
    }),
    { maxLength: 15 },
  )
  .map((list) =>
    list.map(({ instrument, ...rest }, s) =>
      signal(`s${String(s).padStart(2, '0')}`, instrument, rest as Partial<Signal>),
    ),
  );

describe('a single view', () => {
  it('is Grinold and Black-Litterman by hand', () => {
    const { universe, synthesis } = run({ signals: [signal('1', 'C', { strength: 0.6, confidence: 0.8 })] });
    const sigma = sigmaMatrix(universe);
    const volatility = Math.sqrt(sigma[2]![2]!);
    const kappa = 0.8 * 0.5;
    const q = 0.6 * 0.5 * volatility * Math.sqrt(5);
    const omega = (0.05 * 5 * volatility * volatility * (1 - kappa)) / kappa;
    expect(synthesis.accepted).toHaveLength(1);
    const [accepted] = synthesis.accepted;
    expect(accepted!.kappa).toBeCloseTo(kappa, 15);
    expect(accepted!.view).toBeCloseTo(q, 15);
    expect(accepted!.viewVariance).toBeCloseTo(omega, 15);
    IDS.forEach((_, i) => {
      const prior = 0.25 * sigma[i]![2]!;
      expect(synthesis.alpha[i]).toBeCloseTo((prior * q) / (0.25 * sigma[2]![2]! + omega), 15);
      const variance = 0.25 * sigma[i]![i]! - (prior * prior) / (0.25 * sigma[2]![2]! + omega);
      expect(synthesis.posteriorStd[i]).toBeCloseTo(Math.sqrt(variance), 15);
      expect(synthesis.score[i]).toBeCloseTo(synthesis.alpha[i]! / Math.sqrt(5 * sigma[i]![i]!), 14);
      expect(synthesis.confidence[i]).toBeCloseTo(normalCdf(Math.abs(synthesis.alpha[i]!) / Math.sqrt(variance)), 14);
    });
  });

  it.each<[string, Partial<Signal>, number]>([
    ['SELL turns the sign', { action: 'SELL', strength: 1 }, -0.5 * Math.sqrt(5)],
    ['HOLD says no return', { action: 'HOLD', strength: 1 }, 0],
    ['a stated return counts as it is, HOLD or not', { action: 'HOLD', expectedReturn: 0.01 }, 0.01 / 0.02],
    ['at most three deviations', { expectedReturn: -5 }, -3 * Math.sqrt(5)],
    ['a longer horizon is scaled down', { strength: 1, horizonDays: 20 }, 0.5 * Math.sqrt(20) * 0.25],
    ['a shorter one is kept', { strength: 1, horizonDays: 2 }, 0.5 * Math.sqrt(2)],
  ])('%s', (_, given, views) => {
    const facts = [{ instrumentId: 'A', price: 10, volatility: 0.02 }];
    const input = coordinationInput({ signals: [signal('1', 'A', given)], market: { requestFacts: facts } });
    const built = buildUniverse(input);
    if (built.kind !== 'UNIVERSE') throw new Error(built.kind);
    expect(synthesise(input, built.universe).accepted[0]!.view).toBeCloseTo(0.02 * views, 15);
  });
});

describe('properties', () => {
  it('agrees with the dense formulas of the model', () => {
    fc.assert(
      fc.property(signals, (list) => {
        const { universe, synthesis } = run({ signals: list });
        const sigma = sigmaMatrix(universe);
        const { views, q, obar } = combined(synthesis);
        const m = views.length;
        const s = Float64Array.from({ length: m * m }, (_, at) => {
          const [a, b] = [Math.floor(at / m), at % m];
          return 0.25 * sigma[views[a]!]![views[b]!]! + (a === b ? obar[a]! : 0);
        });
        const factor = cholesky(s, m)!;
        const solved = Float64Array.from(q);
        choleskySolve(factor, m, solved);
        for (let i = 0; i < universe.n; i++) {
          const row = Float64Array.from(views, (v) => 0.25 * sigma[i]![v]!);
          const alpha = row.reduce((total, value, a) => total + value * solved[a]!, 0);
          const inverse = Float64Array.from(row);
          choleskySolve(factor, m, inverse);
          const variance = 0.25 * sigma[i]![i]! - row.reduce((total, value, a) => total + value * inverse[a]!, 0);
          expect(Math.abs(synthesis.alpha[i]! - alpha)).toBeLessThan(1e-14);
          expect(Math.abs(synthesis.posteriorStd[i]! ** 2 - variance)).toBeLessThan(1e-16);
        }
      }),
      { seed: 3, numRuns: 150 },
    );
  });

  it('adds the contributions of the signals up to alpha', () => {
    fc.assert(
      fc.property(signals, (list) => {
        const { universe, synthesis } = run({ signals: list });
        for (let i = 0; i < universe.n; i++) {
          const total = synthesis.accepted.reduce((sum, _, s) => sum + synthesis.contributionTo(s, i), 0);
          expect(Math.abs(total - synthesis.alpha[i]!)).toBeLessThan(1e-16);
        }
      }),
      { seed: 4, numRuns: 150 },
    );
  });

  it('gives the same bits whatever the order of the request', () => {
    fc.assert(
      fc.property(signals, (list) => {
        const [there, back] = [run({ signals: list }), run({ signals: [...list].reverse() })];
        expect(back.synthesis.alpha).toEqual(there.synthesis.alpha);
        expect(back.synthesis.posteriorStd).toEqual(there.synthesis.posteriorStd);
      }),
      { seed: 5, numRuns: 100 },
    );
  });

  it('is linear in the stated returns', () => {
    const base = IDS.slice(0, 4).map((id, s) => ({ id, s, expectedReturn: 0.003 * (s - 1.5) }));
    const at = (scale: number) =>
      run({
        signals: base.map(({ id, s, expectedReturn }) =>
          signal(`${s}`, id, { expectedReturn: scale * expectedReturn }),
        ),
      }).synthesis.alpha;
    const [one, two] = [at(1), at(2)];
    IDS.forEach((_, i) => expect(two[i]).toBeCloseTo(2 * one[i]!, 16));
  });

  it('does not double the bet when a source repeats itself over other horizons', () => {
    const view = (s: number) => signal(`s${s}`, 'A', { horizonDays: 5 + s / 1000, expectedReturn: 0.01 });
    const once = run({ signals: [view(0)] }).synthesis;
    const often = run({ signals: Array.from({ length: 30 }, (_, s) => view(s)) }).synthesis;
    expect(often.alpha[0]! / once.alpha[0]!).toBeGreaterThan(1);
    expect(often.alpha[0]! / once.alpha[0]!).toBeLessThan(1.1);
  });

  it('switches a source off exactly as if it had not spoken', () => {
    const own = [signal('1', 'A'), signal('2', 'B', { action: 'SELL' })];
    const other = [signal('3', 'A', { source: 'noise' }), signal('4', 'C', { source: 'noise' })];
    const off = run({ signals: [...own, ...other], parameters: { priorityWeights: { noise: 0 } } }).synthesis;
    expect(off.alpha).toEqual(run({ signals: own }).synthesis.alpha);
    expect(off.screened.map((s) => s.code)).toEqual(['LOW_CONFIDENCE', 'LOW_CONFIDENCE']);
  });

  it('believes a source more with a larger priority weight', () => {
    const at = (pi: number) =>
      run({ signals: [signal('1', 'A')], parameters: { priorityWeights: { momentum: pi } } }).synthesis.alpha[0]!;
    expect(at(4)).toBeGreaterThan(at(1));
    expect(at(1)).toBeGreaterThan(at(0.25));
  });

  it('knows nothing without signals: alpha 0, confidence one half', () => {
    const { universe, synthesis } = run({});
    expect(Array.from(synthesis.alpha)).toEqual(IDS.map(() => 0));
    expect(Array.from(synthesis.confidence)).toEqual(IDS.map(() => 0.5));
    IDS.forEach((_, i) => expect(synthesis.posteriorStd[i]).toBeCloseTo(0.5 * universe.sigma[i]!, 15));
  });
});

/** the combined views recovered from what was accepted: qbar and obar of each viewed instrument */
function combined({ accepted }: Synthesis) {
  const views = [...new Set(accepted.map((s) => s.instrument))].sort((a, b) => a - b);
  const of = (v: number) => accepted.filter((s) => s.instrument === v);
  const q = views.map((v) => of(v).reduce((total, s) => total + s.weight * s.view, 0));
  const obar = views.map((v) => {
    let total = 0;
    for (const a of of(v)) {
      for (const b of of(v)) {
        const rho = a === b ? 1 : a.source === b.source ? 0.9 : 0.2;
        total += a.weight * b.weight * rho * Math.sqrt(a.viewVariance * b.viewVariance);
      }
    }
    return total;
  });
  return { views, q, obar };
}
