import { AS_OF, coordinationInput, DAY_MS, type InputParts, signal } from '#testing';
import { buildUniverse } from '../risk/index.js';
import { screenSignals } from './index.js';

function screen(parts: InputParts) {
  const input = coordinationInput({ market: { requestFacts: [{ instrumentId: 'A', price: 10 }] }, ...parts });
  const built = buildUniverse(input);
  if (built.kind !== 'UNIVERSE') throw new Error(built.kind);
  return screenSignals(input, built.universe);
}

/** codes by signal id; undefined for a live one */
function codes(parts: InputParts): Record<string, string | undefined> {
  const { live, screened } = screen(parts);
  return Object.fromEntries([
    ...live.map((s) => [s.signal.signalId, undefined]),
    ...screened.map((s) => [s.signalId, s.code]),
  ]) as Record<string, string | undefined>;
}

describe('DUPLICATE', () => {
  it('keeps the first of two signals with one id', () => {
    const { live, screened } = screen({ signals: [signal('1', 'A'), signal('1', 'A', { source: 'news' })] });
    expect(live.map((s) => s.position)).toEqual([0]);
    expect(screened.map((s) => [s.position, s.code])).toEqual([[1, 'DUPLICATE']]);
  });

  it('keeps the latest of a source, instrument and horizon, ties going to the greater id', () => {
    const signals = [
      signal('a', 'A', { generatedAt: AS_OF - 3000 }),
      signal('b', 'A', { generatedAt: AS_OF - 1000 }),
      signal('c', 'A', { generatedAt: AS_OF - 1000, horizonDays: 5 }),
      signal('d', 'A', { generatedAt: AS_OF - 9000, horizonDays: 6 }),
      signal('e', 'A', { generatedAt: AS_OF - 9000, source: 'news' }),
    ];
    expect(codes({ signals })).toEqual({ a: 'DUPLICATE', b: 'DUPLICATE', c: undefined, d: undefined, e: undefined });
    expect(codes({ signals: [...signals].reverse() })).toEqual(codes({ signals }));
  });

  it('lets a later signal supersede even where it is refused itself', () => {
    const signals = [signal('a', 'A', { generatedAt: AS_OF - 3000 }), signal('b', 'A', { confidence: 0 })];
    expect(codes({ signals })).toEqual({ a: 'DUPLICATE', b: 'LOW_CONFIDENCE' });
  });
});

describe('time', () => {
  it('allows five seconds of clock skew and takes them as age 0', () => {
    const signals = [
      signal('a', 'A', { generatedAt: AS_OF + 5000 }),
      signal('b', 'A', { generatedAt: AS_OF + 5001, source: 'x' }),
    ];
    expect(codes({ signals })).toEqual({ a: undefined, b: 'FROM_FUTURE' });
    expect(screen({ signals }).live[0]!.kappa).toBe(0.35);
  });

  it('ends at expires_at and after four half-lives, inclusive', () => {
    const old = (days: number, rest = {}) => ({ generatedAt: AS_OF - days * DAY_MS, confidence: 1, ...rest });
    const signals = [
      signal('a', 'A', { source: 'a', expiresAt: AS_OF }),
      signal('b', 'A', { source: 'b', expiresAt: AS_OF - 1 }),
      signal('c', 'A', { source: 'c', ...old(10) }),
      signal('d', 'A', { source: 'd', ...old(10.001) }),
      signal('e', 'A', { source: 'e', ...old(10.001, { halfLifeDays: 3 }) }),
      signal('f', 'A', { source: 'f', ...old(10.001, { horizonDays: 10 }) }),
    ];
    expect(codes({ signals, parameters: { confidenceFloor: 0.01 } })).toEqual({
      a: undefined,
      b: 'EXPIRED',
      c: undefined,
      d: 'EXPIRED',
      e: undefined,
      f: undefined,
    });
  });

  it('halves the confidence in each half-life of elapsed days', () => {
    const { live } = screen({ signals: [signal('a', 'A', { generatedAt: AS_OF - 2.5 * DAY_MS })] });
    expect(live[0]!.kappa).toBeCloseTo((0.7 * 0.5) / 2, 15);
  });
});

describe('the other reasons', () => {
  it('reports the first that applies, in the order of the model', () => {
    const everything = { generatedAt: AS_OF + 6000, expiresAt: AS_OF - 1, confidence: 0 };
    const signals = [
      signal('future', 'NOSUCH', everything),
      signal('expired', 'NOSUCH', { ...everything, generatedAt: AS_OF - 1 }),
      signal('unknown', 'NOSUCH', { confidence: 0, horizonDays: 7 }),
      signal('restricted', 'R', { confidence: 0 }),
      signal('weak', 'A', { confidence: 0.099 }),
    ];
    const market = { requestFacts: ['A', 'R'].map((instrumentId) => ({ instrumentId, price: 1 })) };
    const { screened } = screen({
      signals: signals.map((s) => ({ ...s, source: s.signalId })),
      market,
      parameters: { restricted: ['R', 'NOSUCH'] },
    });
    expect(screened.map(({ signalId, code }) => [signalId, code])).toEqual([
      ['future', 'FROM_FUTURE'],
      ['expired', 'EXPIRED'],
      ['unknown', 'UNKNOWN_INSTRUMENT'],
      ['restricted', 'RESTRICTED'],
      ['weak', 'LOW_CONFIDENCE'],
    ]);
    expect(screened[4]!.reason).toBe('Effective confidence 0.0495 is below the floor of 0.05.');
  });

  it('uses what was learned of the source and the regime', () => {
    const risk = {
      kind: 'FACTOR_MODEL',
      origin: 'STORE',
      model: {
        id: 'm',
        instruments: ['A'],
        loadings: [[0]],
        factorCovariance: [[1]],
        specificVariance: [1e-4],
        regime: 'STRESSED',
      },
    } as const;
    const market = { requestFacts: [{ instrumentId: 'A', price: 1 }], risk };
    const learned = { reliability: { momentum: 0.8 }, regimeMultiplier: { momentum: { STRESSED: 0.5, CALM: 2 } } };
    expect(screen({ signals: [signal('a', 'A')], market, learned }).live[0]!.kappa).toBeCloseTo(0.7 * 0.8 * 0.5, 15);
    const sure = { reliability: { momentum: 5 } };
    expect(screen({ signals: [signal('a', 'A')], market, learned: sure }).live[0]!.kappa).toBe(0.99);
  });

  it('is not misled by a source that is called like a method', () => {
    const { live } = screen({ signals: [signal('a', 'A', { source: 'constructor', strategy: 'toString' })] });
    expect(live[0]!.kappa).toBe(0.35);
    expect(live[0]!.priority).toBe(1);
  });

  it.each<[Record<string, number>, number | undefined]>([
    [{ momentum: 2 }, 2],
    [{ 'strategy:trend': 3 }, 3],
    [{ momentum: 2, 'strategy:trend': 3 }, 2],
    [{ momentum: 0 }, undefined],
    [{ momentum: 2, 'strategy:trend': 0 }, undefined],
    [{ news: 0 }, 1],
  ])('takes pi from priority_weights %p: %p', (priorityWeights, expected) => {
    const { live, screened } = screen({
      signals: [signal('a', 'A', { strategy: 'trend' })],
      parameters: { priorityWeights },
    });
    expect(live[0]?.priority).toBe(expected);
    if (expected === undefined) expect(screened[0]!.code).toBe('LOW_CONFIDENCE');
  });

  it('refuses a signal without any confidence even where the floor is 0', () => {
    expect(codes({ signals: [signal('a', 'A', { confidence: 0 })], parameters: { confidenceFloor: 0 } })).toEqual({
      a: 'LOW_CONFIDENCE',
    });
  });
});
