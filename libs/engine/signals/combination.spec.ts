import fc from 'fast-check';
import { signal } from '#testing';
import { cholesky, choleskySolve } from '../numerics/index.js';
import { combineViews } from './combination.js';
import { errorCorrelations, type ErrorCorrelations } from './correlated-errors.js';
import type { View } from './views.js';

const learn = (...pairs: [string, string, number][]): ErrorCorrelations =>
  errorCorrelations({
    id: 'x',
    reliability: {},
    regimeMultiplier: {},
    errorCorrelation: pairs.map(([a, b, rho]) => ({ a, b, rho })),
  });

const view = (id: string, source: string, q: number, omega: number): View => ({
  live: { position: 0, signal: signal(id, 'A', { source }), instrument: 0, kappa: 0.5, priority: 1 },
  direction: 1,
  q,
  omega,
});

/** The text of the model with dense matrices; undefined where Omega is not positive definite. */
function dense(views: readonly View[], rho: (a: string, b: string) => number) {
  let kept = [...views].sort((a, b) => (a.live.signal.signalId < b.live.signal.signalId ? -1 : 1));
  for (;;) {
    const m = kept.length;
    const omega = Float64Array.from({ length: m * m }, (_, at) => {
      const [a, b] = [kept[Math.floor(at / m)]!, kept[at % m]!];
      const same = a.live.signal.source === b.live.signal.source;
      const r = a === b ? 1 : same ? 0.9 : rho(a.live.signal.source, b.live.signal.source);
      return r * Math.sqrt(a.omega * b.omega);
    });
    const factor = cholesky(omega, m, 1e-10);
    if (factor === null) return undefined;
    const weights = new Float64Array(m).fill(1);
    choleskySolve(factor, m, weights);
    const smallest = Math.min(...weights);
    if (smallest >= 0) {
      const total = weights.reduce((sum, w) => sum + w, 0);
      const q = kept.reduce((sum, v, s) => sum + (weights[s]! / total) * v.q, 0);
      return { q, variance: 1 / total, ids: kept.map((v) => v.live.signal.signalId) };
    }
    kept = kept.filter((_, s) => weights[s] !== smallest);
  }
}

const views = fc.array(
  fc.record({
    source: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    q: fc.double({ min: -0.05, max: 0.05, noNaN: true }),
    omega: fc.double({ min: 1e-6, max: 1e-3, noNaN: true }),
  }),
  { minLength: 1, maxLength: 12 },
);
const build = (records: { source: string; q: number; omega: number }[]) =>
  records.map((r, s) => view(`s${String(s).padStart(2, '0')}`, r.source, r.q, r.omega));

describe('combineViews', () => {
  it('leaves a single view as it is', () => {
    const { q, variance, weights } = combineViews(0, [view('1', 'a', 0.01, 4e-4)], learn());
    expect([q, weights[0]]).toEqual([0.01, 1]);
    expect(variance).toBeCloseTo(4e-4, 18);
  });

  it('weights two sources by hand: equal variances, rho 0.2', () => {
    const { q, variance, weights } = combineViews(0, [view('1', 'a', 0.01, 1e-4), view('2', 'b', 0.03, 1e-4)], learn());
    expect(Array.from(weights)).toEqual([0.5, 0.5]);
    expect(q).toBeCloseTo(0.02, 16);
    expect(variance).toBeCloseTo(0.6e-4, 18);
  });

  it('drops a view that could only be used against its own source', () => {
    // rho 0.9 > sqrt(1/9): the worse of the two would get a negative weight
    const combined = combineViews(0, [view('1', 'a', 0.01, 1e-4), view('2', 'a', 0.05, 9e-4)], learn());
    expect(Array.from(combined.weights)).toEqual([1, 0]);
    expect(combined.q).toBe(0.01);
  });

  it('does not let a source that repeats itself double the bet', () => {
    const once = combineViews(0, [view('1', 'a', 0.01, 1e-4), view('2', 'b', 0.01, 1e-4)], learn());
    const repeated = Array.from({ length: 50 }, (_, s) => view(`r${s}`, 'a', 0.01, 1e-4));
    const often = combineViews(0, [...repeated, view('2', 'b', 0.01, 1e-4)], learn());
    // fifty repetitions cannot take the variance of one source below 0.9 of a single view's
    expect(combineViews(0, repeated, learn()).variance).toBeGreaterThan(0.9e-4);
    expect(often.variance).toBeGreaterThan(0.9 * once.variance);
    expect(often.weights[often.views.findIndex((v) => v.live.signal.source === 'b')]).toBeGreaterThan(0.45);
  });

  it('agrees with dense generalised least squares', () => {
    const learned = learn(['a', 'b', 0.7], ['c', 'a', -0.3], ['d', 'nobody', 0.9]);
    const rho = (x: string, y: string) => learned.get(x)?.get(y) ?? 0.2;
    fc.assert(
      fc.property(views, (records) => {
        const given = build(records);
        const expected = dense(given, rho);
        fc.pre(expected !== undefined);
        const { q, variance, weights, damped } = combineViews(0, given, learned);
        expect(damped).toBe(false);
        expect(Math.abs(variance / expected.variance - 1)).toBeLessThan(1e-8);
        expect(Math.abs(q - expected.q)).toBeLessThan(1e-9);
        expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
        expect(Math.abs(weights.reduce((sum, w) => sum + w, 0) - 1)).toBeLessThan(1e-12);
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it('gives the same bits in any order', () => {
    fc.assert(
      fc.property(views, (records) => {
        const given = build(records);
        const [forward, backward] = [combineViews(0, given, learn()), combineViews(0, [...given].reverse(), learn())];
        expect([backward.q, backward.variance]).toEqual([forward.q, forward.variance]);
      }),
      { seed: 8, numRuns: 100 },
    );
  });

  it('draws learned correlations that do not fit together toward the prior', () => {
    const impossible = learn(['a', 'b', 0.95], ['b', 'c', 0.95], ['a', 'c', -0.9]);
    const given = ['a', 'b', 'c'].map((source) => view(source, source, 0.01, 1e-4));
    const { damped, variance, q } = combineViews(0, given, impossible);
    expect(damped).toBe(true);
    expect(q).toBeCloseTo(0.01, 15);
    expect(variance).toBeGreaterThan(0);
  });

  it('takes two thousand sources on one instrument in its stride', () => {
    const many = Array.from({ length: 2000 }, (_, s) =>
      view(String(s).padStart(5, '0'), `source ${s}`, 0.01, 1e-4 * (1 + ((s * 7919) % 1000) / 100)),
    );
    const { variance, weights } = combineViews(0, many, learn());
    // the errors share 0.2 of their variance: no number of sources gets below it
    expect(variance).toBeGreaterThan(0.2e-4 * 0.9);
    expect(weights.filter((w) => w > 0).length).toBeGreaterThan(10);
  });
});
