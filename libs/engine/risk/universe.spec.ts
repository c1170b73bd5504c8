import { coordinationInput, type InputParts, signal } from '#testing';
import type { FactorModel, InstrumentFacts, RiskInput } from '../input.js';
import type { Universe } from '../universe.js';
import { buildUniverse, rowVariance } from './index.js';

const facts = (instrumentId: string, price: number, rest: Partial<InstrumentFacts> = {}): InstrumentFacts => ({
  instrumentId,
  price,
  ...rest,
});

function universeOf(parts: InputParts): Universe {
  const built = buildUniverse(coordinationInput(parts));
  if (built.kind !== 'UNIVERSE') throw new Error(JSON.stringify(built));
  return built.universe;
}

function covarianceOf({ risk }: Universe, i: number, j: number): number {
  let total = i === j ? risk.specific[i]! : 0;
  for (let f = 0; f < risk.k; f++) total += risk.loadings[i * risk.k + f]! * risk.loadings[j * risk.k + f]!;
  return total;
}

const correlationOf = (universe: Universe, i: number, j: number): number =>
  covarianceOf(universe, i, j) / Math.sqrt(covarianceOf(universe, i, i) * covarianceOf(universe, j, j));

describe('members and facts', () => {
  it('holds what is held, signalled, ordered or a rebalance target, ascending in code units', () => {
    const universe = universeOf({
      signals: [signal('1', 'b'), signal('2', 'Z'), signal('3', 'unpriced')],
      portfolio: {
        positions: [{ instrumentId: 'é', quantity: 10, price: 100 }],
        openOrders: [{ instrumentId: 'a', quantity: -5 }],
      },
      rebalanceRequests: [{ rebalanceId: 'r', priority: 5, targets: [{ instrumentId: 'B', targetWeight: 0.1 }] }],
      market: { storeFacts: ['b', 'Z', 'a', 'B', 'unused'].map((id) => facts(id, 50)) },
    });
    expect(universe.ids).toEqual(['B', 'Z', 'a', 'b', 'é']);
    expect(universe.index.get('b')).toBe(3);
    expect(universe.index.has('unpriced')).toBe(false);
  });

  it('counts open orders as filled, in shares and in cash', () => {
    const universe = universeOf({
      portfolio: {
        cash: 1000,
        positions: [{ instrumentId: 'A', quantity: 10, price: 100 }],
        openOrders: [
          { instrumentId: 'A', quantity: 5 },
          { instrumentId: 'A', quantity: -2 },
        ],
      },
    });
    expect(universe.quantity[0]).toBe(13);
    expect(universe.cash).toBe(700);
    expect(universe.nav).toBe(2000);
    expect(universe.w0[0]).toBe(0.65);
  });

  it('takes each field from the first place that has it', () => {
    const universe = universeOf({
      portfolio: { positions: [{ instrumentId: 'A', quantity: 1, price: 10 }] },
      market: {
        requestFacts: [facts('A', 11, { volatility: 0.03, adv: -1 })],
        storeFacts: [facts('A', 12, { volatility: 0.04, adv: 500, halfSpread: 0.001, sector: 'Energy', lotSize: 100 })],
      },
    });
    expect(universe.price[0]).toBe(10);
    expect(universe.sigma[0]).toBe(0.03);
    expect(universe.adv[0]).toBe(500);
    expect(universe.halfSpread[0]).toBe(0.001);
    expect(universe.sector[0]).toBe('Energy');
    expect(universe.lotSize[0]).toBe(100);
  });

  it('falls back to the documented priors and says so', () => {
    const universe = universeOf({ signals: [signal('1', 'A')], market: { requestFacts: [facts('A', 10)] } });
    expect(universe.sigma[0]).toBe(0.02);
    expect(universe.adv[0]).toBe(Infinity);
    expect(universe.halfSpread[0]).toBe(5e-4);
    expect(universe.lotSize[0]).toBe(1);
    expect(universe.sector[0]).toBeNull();
    expect(universe.warnings).toEqual([
      'No risk model is known: one factor with pairwise correlation 0.3 stands in.',
      'No volatility is known of 1 instrument (A): 2 % a day stands in.',
      'No daily volume is known of 1 instrument (A): no liquidity limit and no market impact apply.',
      'No spread is known of 1 instrument (A): a half spread of 5 bps stands in.',
    ]);
  });

  it('reports held instruments and targets without a price, in order; a signal alone is no reason', () => {
    const built = buildUniverse(
      coordinationInput({
        signals: [signal('1', 'S')],
        portfolio: {
          positions: [
            { instrumentId: 'H', quantity: 1 },
            { instrumentId: 'empty', quantity: 0 },
          ],
        },
        rebalanceRequests: [{ rebalanceId: 'r', priority: 5, targets: [{ instrumentId: 'B', targetWeight: 0.1 }] }],
      }),
    );
    expect(built).toEqual({ kind: 'MISSING_PRICES', missingPrices: ['B', 'H'] });
  });

  it('reports a NAV that weights cannot be fractions of', () => {
    const short = { cash: 100, positions: [{ instrumentId: 'A', quantity: -2, price: 50 }] };
    expect(buildUniverse(coordinationInput({ portfolio: short }))).toEqual({ kind: 'NON_POSITIVE_NAV', nav: 0 });
  });
});

describe('risk', () => {
  const model: FactorModel = {
    id: 'm1',
    instruments: ['C', 'A', 'B'],
    loadings: [
      [0.01, 0.004],
      [0.02, 0],
      [0.01, -0.005],
    ],
    factorCovariance: [
      [1, 0.2],
      [0.2, 0.5],
    ],
    specificVariance: [1e-4, 2e-4, 3e-4],
    regime: 'CALM',
  };
  const stored = (m: FactorModel): RiskInput => ({ kind: 'FACTOR_MODEL', origin: 'STORE', model: m });
  const priced = (...ids: string[]) => ids.map((id) => facts(id, 10, { adv: 1e6, halfSpread: 1e-4 }));
  const signals = (...ids: string[]) => ids.map((id) => signal(id, id));

  it('multiplies the factor covariance into the loadings and keeps the order of the universe', () => {
    const universe = universeOf({
      signals: signals('A', 'B', 'C'),
      market: { requestFacts: priced('A', 'B', 'C'), risk: stored(model) },
    });
    expect(universe.risk).toMatchObject({ id: 'm1', source: 'STORE', regime: 'CALM', n: 3, k: 2 });
    // b_C' F b_B by hand: rows of the model are C, A, B
    const expected = 0.01 * 0.01 + 0.2 * (0.01 * -0.005 + 0.004 * 0.01) + 0.5 * 0.004 * -0.005;
    expect(covarianceOf(universe, 2, 1)).toBeCloseTo(expected, 18);
    expect(covarianceOf(universe, 0, 0)).toBeCloseTo(0.0004 + 2e-4, 18);
    expect(universe.sigma[0]).toBeCloseTo(Math.sqrt(6e-4), 15);
    expect(universe.warnings).toEqual([]);
  });

  it('lets the volatility field be sigma and leaves Sigma to the model', () => {
    const universe = universeOf({
      signals: signals('A'),
      market: { requestFacts: [facts('A', 10, { volatility: 0.05 })], risk: stored(model) },
    });
    expect(universe.sigma[0]).toBe(0.05);
    expect(rowVariance(universe.risk, 0)).toBeCloseTo(6e-4, 18);
  });

  it('gives instruments that the model does not know a prior along its mean direction', () => {
    const universe = universeOf({
      signals: signals('A', 'B', 'C', 'X', 'Y'),
      market: {
        requestFacts: [...priced('A', 'B', 'C', 'X'), facts('Y', 10, { volatility: 0.04 })],
        risk: stored(model),
      },
    });
    expect(universe.risk.k).toBe(2);
    expect(covarianceOf(universe, 3, 3)).toBeCloseTo(0.02 * 0.02, 17);
    expect(covarianceOf(universe, 4, 4)).toBeCloseTo(0.04 * 0.04, 17);
    expect(correlationOf(universe, 3, 4)).toBeCloseTo(0.3, 14);
    for (const j of [0, 1, 2]) expect(correlationOf(universe, 3, j)).toBeGreaterThan(0.1);
    expect(universe.warnings[0]).toBe(
      'The risk model does not know 2 instruments (X, Y): correlation 0.3 along its mean direction stands in.',
    );
    expect(universe.warnings[1]).toBe('No volatility is known of 1 instrument (X): 2 % a day stands in.');
  });

  it('opens an axis of its own where the model has no common direction', () => {
    const opposed = {
      ...model,
      loadings: [
        [0.01, 0],
        [-0.01, 0],
        [0, 0],
      ],
      specificVariance: [1e-4, 1e-4, 1e-4],
    };
    const universe = universeOf({
      signals: signals('A', 'C', 'X', 'Y'),
      market: { requestFacts: priced('A', 'C', 'X', 'Y'), risk: stored(opposed) },
    });
    expect(universe.risk.k).toBe(3);
    expect(correlationOf(universe, 2, 3)).toBeCloseTo(0.3, 14);
    expect(correlationOf(universe, 0, 2)).toBe(0);
    expect(correlationOf(universe, 0, 1)).toBeCloseTo(-0.5, 14);
  });

  it('accepts a singular factor covariance and refuses an indefinite one', () => {
    const withF = (factorCovariance: number[][]) =>
      universeOf({
        signals: signals('A', 'B'),
        market: { requestFacts: priced('A', 'B'), risk: stored({ ...model, factorCovariance }) },
      });
    const singular = withF([
      [1, 1],
      [1, 1],
    ]);
    expect(singular.warnings).toEqual([]);
    expect(covarianceOf(singular, 0, 1)).toBeCloseTo(0.02 * (0.01 - 0.005), 16);
    const indefinite = [
      [1, 2],
      [2, 1],
    ];
    const risk = stored({ ...model, factorCovariance: indefinite });
    expect(
      buildUniverse(coordinationInput({ signals: signals('A'), market: { requestFacts: priced('A'), risk } })),
    ).toMatchObject({ kind: 'INVALID_RISK_MODEL', part: 'FACTOR_COVARIANCE' });
  });

  it.each<[string, Partial<FactorModel>]>([
    ['rows of loadings', { loadings: [[1, 2]] }],
    [
      '3 entries for 2 factors',
      {
        loadings: [
          [1, 2],
          [1, 2, 3],
          [1, 2],
        ],
      },
    ],
    [
      'not square',
      {
        factorCovariance: [[1], [1, 2]],
        loadings: [
          [1, 1],
          [1, 1],
          [1, 1],
        ],
      },
    ],
    ['specific variances', { specificVariance: [1] }],
    ['negative', { specificVariance: [1, -1, 1] }],
    [
      'not finite',
      {
        factorCovariance: [
          [1, NaN],
          [0, 1],
        ],
      },
    ],
    ['twice', { instruments: ['A', 'A', 'B'] }],
  ])('refuses a malformed model: %s', (message, change) => {
    const built = buildUniverse(
      coordinationInput({
        signals: signals('A'),
        market: { requestFacts: priced('A'), risk: stored({ ...model, ...change }) },
      }),
    );
    if (built.kind !== 'INVALID_RISK_MODEL') throw new Error(built.kind);
    expect(built.problem).toContain(message);
  });

  const matrixInput = (values: number[][], ids = ['A', 'B', 'C']): InputParts => ({
    signals: signals('A', 'B', 'C'),
    market: {
      requestFacts: ['A', 'B', 'C'].map((id, i) =>
        facts(id, 10, { adv: 1, halfSpread: 0, volatility: 0.01 * (i + 1) }),
      ),
      risk: { kind: 'CORRELATION', instruments: ids, values },
    },
  });

  it('reproduces a correlation matrix exactly, in any order of its instruments', () => {
    const values = [
      [1, 0.5, -0.2],
      [0.5, 1, 0.1],
      [-0.2, 0.1, 1],
    ];
    const universe = universeOf(matrixInput(values, ['C', 'A', 'B']));
    expect(universe.risk.source).toBe('REQUEST_CORRELATION');
    expect(covarianceOf(universe, 2, 0)).toBeCloseTo(0.5 * 0.03 * 0.01, 17);
    expect(covarianceOf(universe, 2, 1)).toBeCloseTo(-0.2 * 0.03 * 0.02, 17);
    expect(covarianceOf(universe, 1, 1)).toBeCloseTo(4e-4, 17);
    expect(universe.warnings).toEqual([]);
  });

  it('finds the one factor of a common correlation', () => {
    const universe = universeOf(
      matrixInput([
        [1, 0.4, 0.4],
        [0.4, 1, 0.4],
        [0.4, 0.4, 1],
      ]),
    );
    expect(universe.risk.k).toBe(1);
    expect(correlationOf(universe, 0, 2)).toBeCloseTo(0.4, 14);
  });

  it('repairs an indefinite correlation matrix to one with a unit diagonal, and says so', () => {
    const universe = universeOf(
      matrixInput([
        [1, 0.9, -0.9],
        [0.9, 1, 0.9],
        [-0.9, 0.9, 1],
      ]),
    );
    expect(universe.warnings).toEqual([
      'The correlation matrix is not positive semidefinite: its negative eigenvalues were clipped and its diagonal scaled back to one.',
    ]);
    [0, 1, 2].forEach((i) => expect(covarianceOf(universe, i, i)).toBeCloseTo((0.01 * (i + 1)) ** 2, 16));
    expect(Math.abs(correlationOf(universe, 0, 1))).toBeLessThan(0.9);
    expect(Math.min(...universe.risk.specific)).toBeGreaterThanOrEqual(0);
  });

  it('mends an asymmetric matrix and a wrong diagonal aloud, and refuses what is no matrix', () => {
    const mended = universeOf(
      matrixInput([
        [1, 0.4, 0],
        [0.2, 1, 0],
        [0, 0, 2],
      ]),
    );
    expect(correlationOf(mended, 0, 1)).toBeCloseTo(0.3, 14);
    expect(mended.warnings).toHaveLength(2);
    for (const values of [
      [[1]],
      [
        [1, 0, 0],
        [0, 1],
        [0, 0, 1],
      ],
      [
        [1, 0, 0],
        [0, NaN, 0],
        [0, 0, 1],
      ],
    ]) {
      expect(buildUniverse(coordinationInput(matrixInput(values))).kind).toBe('INVALID_RISK_MODEL');
    }
  });
});
