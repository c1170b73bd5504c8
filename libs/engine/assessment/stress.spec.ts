import { given, type GivenCoordination, rebalance } from '../coordination.fixture.js';
import { coordinate } from '../coordinate.js';
import { riskOf } from '../impact/index.js';
import { buildUniverse } from '../risk/index.js';
import { solve } from '../solver/index.js';
import type { Universe } from '../universe.js';
import { assessImpact } from './index.js';

/** A and B are banks; C is not; each has 1.5 % a day, a quarter of the variance from one common factor. */
const WORLD: GivenCoordination = {
  instruments: [
    { id: 'A', held: 2000, sector: 'Banks', adv: 10_000 },
    { id: 'B', held: 1000, sector: 'Banks' },
    { id: 'C', held: 1000, sector: 'Energy', sigma: 0.03 },
  ],
  cash: 600_000,
};
/** betas to a basket of two: own variance 1, covariance a quarter of it */
const [VARIANCE, COVARIANCE] = [0.015 * 0.015, 0.25 * 0.015 * 0.015];

function universeOf(world: GivenCoordination): Universe {
  const built = buildUniverse(given(world));
  if (built.kind !== 'UNIVERSE') throw new Error(built.kind);
  return built.universe;
}

function assessed(world: GivenCoordination, reference?: readonly number[]) {
  const universe = universeOf(world);
  const held = { weights: universe.w0, risk: riskOf(universe.risk, universe.w0) };
  const basis = { universe, reference: reference ?? universe.w0, participation: 0.1, history: undefined };
  return assessImpact(basis, held, held).before;
}

describe('stress', () => {
  const returns = Object.fromEntries(assessed(WORLD).stress.map(({ name, return: value }) => [name, value]));

  it('lets a sector fall by 20 % on average and the others with it', () => {
    const basket = (VARIANCE + COVARIANCE) / 2;
    const spill = (0.25 * 0.015 * 0.03) / basket;
    expect(returns['sector_down_20:Banks']).toBeCloseTo(-0.2 * (0.2 + 0.1 + 0.1 * spill), 14);
    // Energy is C alone, which falls by the 20 %
    expect(returns['sector_down_20:Energy']).toBeCloseTo(-0.2 * (0.1 + 0.3 * ((0.25 * 0.015) / 0.03)), 14);
  });

  it('lets the basket of everything fall, each instrument by its beta', () => {
    const [own, across, c] = [VARIANCE, COVARIANCE, 0.03 * 0.03];
    const withC = 0.25 * 0.015 * 0.03;
    const basket = (2 * own + c + 2 * across + 4 * withC) / 9;
    const beta = [(own + across + withC) / 3 / basket, (c + 2 * withC) / 3 / basket];
    const expected = -0.1 * (0.3 * beta[0]! + 0.1 * beta[1]!);
    expect(returns['market_down_10']).toBeCloseTo(expected, 14);
    expect(returns['market_down_20']).toBeCloseTo(2 * expected, 14);
    expect((2 * beta[0]! + beta[1]!) / 3).toBeCloseTo(1, 14);
  });

  it('adds volatilities up where all correlations are one', () => {
    expect(returns['correlation_one']).toBeCloseTo(-1.6448536 * (0.3 * 0.015 + 0.1 * 0.03), 14);
    expect(returns).not.toHaveProperty('worst_week');
  });

  it('shocks at most twenty sectors, those that weigh most', () => {
    const instruments = Array.from({ length: 30 }, (_, i) => ({
      id: `I${10 + i}`,
      held: 10 + i,
      sector: `S${10 + i}`,
    }));
    const names = assessed({ instruments }).stress.filter(({ name }) => name.startsWith('sector'));
    expect(names.map(({ name }) => name)).toEqual(
      instruments.slice(10).map(({ sector }) => `sector_down_20:${sector}`),
    );
  });

  it('has no shocks without sectors or risk', () => {
    const { stress } = assessed({ instruments: [{ id: 'A', held: 10 }], common: 0 });
    expect(stress.map(({ name }) => name)).toEqual([
      'market_down_10',
      'market_down_20',
      'volatility_doubled',
      'correlation_one',
    ]);
  });
});

describe('liquidity and distance from the reference', () => {
  it('counts the days of the slowest position and what is sold in the first', () => {
    // A: 2,000 shares at 1,000 a day
    expect(assessed(WORLD)).toMatchObject({ daysToLiquidate: 2, invested: 0.4, gross: 0.4 });
    expect(assessed(WORLD).soldInOneDay).toBeCloseTo(0.3 / 0.4, 14);
    expect(assessed({ instruments: [{ id: 'A' }] })).toMatchObject({ daysToLiquidate: 0, soldInOneDay: 1 });
  });

  it('measures the tracking error against the reference', () => {
    expect(assessed(WORLD).trackingError).toBe(0);
    expect(assessed(WORLD, [0.2, 0.1, 0]).trackingError).toBeCloseTo(0.1 * 0.03, 14);
  });
});

describe('a coordination', () => {
  const result = coordinate(
    given({ ...WORLD, requests: [rebalance('A', 0.1)], parameters: { maxSectorWeight: 1 } }),
    solve,
  );
  if ('invalid' in result) throw new Error(result.invalid.kind);

  it('shows the whole portfolio once, and each decision what concerns it', () => {
    const { before, after } = result.summary.impactAssessment!;
    const [decision] = result.decisions;
    expect(decision).toMatchObject({ instrumentId: 'A', action: 'SELL' });
    expect(before.var95).toBe(decision!.risk.var95Before);
    expect(after.var95).toBe(decision!.risk.var95After);
    expect(before.trackingError).toBeGreaterThan(after.trackingError);
    expect(decision!.risk.stress).toEqual(after.stress.filter(({ name }) => name !== 'sector_down_20:Energy'));
  });

  it('leaves it out where it is not wanted, and decides the same', () => {
    const bare = coordinate(
      given({ ...WORLD, requests: [rebalance('A', 0.1)], parameters: { maxSectorWeight: 1 } }),
      solve,
      {
        impactAssessment: false,
      },
    );
    if ('invalid' in bare) throw new Error(bare.invalid.kind);
    expect(bare.summary).not.toHaveProperty('impactAssessment');
    expect(bare.decisions[0]!.risk).not.toHaveProperty('stress');
    expect(bare.decisions.map((d) => d.quantity)).toEqual(result.decisions.map((d) => d.quantity));
  });
});
