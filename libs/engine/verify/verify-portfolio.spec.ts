import { DAY_MS, given, type GivenCoordination, NOW, rebalance } from '../coordination.fixture.js';
import { buildUniverse } from '../risk/index.js';
import { synthesise } from '../signals/index.js';
import { verifyPortfolio, type PortfolioCheck } from './index.js';

/** 1,000,000 in all: A and B weigh 10 % each */
const plain: GivenCoordination = {
  instruments: [{ id: 'A', held: 1000, sector: 'S' }, { id: 'B', held: 1000, sector: 'S' }, { id: 'C' }],
  cash: 800_000,
  signals: [
    { on: 'A' },
    { on: 'B', action: 'SELL' },
    { on: 'C', source: 'x' },
    { on: 'C', action: 'HOLD', source: 'y' },
  ],
};

function verify(orders: Record<string, number>, more: Partial<GivenCoordination> = {}): PortfolioCheck {
  const input = given({ ...plain, ...more });
  const built = buildUniverse(input);
  if (built.kind !== 'UNIVERSE') throw new Error(built.kind);
  const { universe } = built;
  const trades = new Float64Array(universe.n);
  for (const [id, quantity] of Object.entries(orders)) trades[universe.index.get(id)!] = quantity;
  return verifyPortfolio(input, universe, synthesise(input, universe).accepted, trades);
}

const refusals = (...args: Parameters<typeof verify>): string => verify(...args).refusals.join('; ');

describe('the verifier', () => {
  it('accepts holding, and orders within every limit', () => {
    expect(verify({})).toMatchObject({ refusals: [], allHold: true });
    expect(verify({ A: 500, B: -1000, C: 100 })).toMatchObject({ refusals: [], allHold: true });
  });

  it.each([
    ['a position beyond its limit', { A: 1001 }, {}, 'A weighs 0.2001'],
    ['a position beyond its own bound', { A: 501 }, { instrumentBounds: { A: { max: 0.15 } } }, 'A weighs 0.1501'],
    ['a short position while shorting is off', { B: -1001 }, {}, 'B weighs'],
    ['turnover', { A: 500, C: 600 }, { maxTurnover: 0.1 }, 'turnover is 0.11'],
    ['cash, costs counted', { A: 500 }, { cashBuffer: 0.75 }, 'cash is 0.25'],
    ['a sector', { A: 500 }, { maxSectorWeight: 0.22 }, 'sector:S is 0.25'],
    ['the risk budget', { A: 1000, C: 1900 }, { riskBudgetLimit: 0.005 }, 'risk is 0.0'],
    ['gross exposure', { B: -1800, C: 400 }, { allowShort: true, maxGross: 0.2 }, 'gross is 0.22'],
    ['liquidity', { A: 600 }, { maxParticipation: 0.00005 }, 'A trades 600, liquidity allows 500'],
    ['the minimum notional', { A: 4 }, { minTradeNotional: 500 }, 'A trades 400, below the minimum'],
    ['a restricted instrument', { A: 10 }, { restricted: ['A'] }, 'A may not trade 10'],
    ['correlation with the rest', { A: 500 }, { correlationThreshold: 0.1 }, 'A correlates'],
  ])('refuses %s', (_, orders, parameters, message) => {
    expect(refusals(orders, { parameters })).toContain(message);
  });

  it('refuses a direction that no live signal names', () => {
    expect(refusals({ A: -10 })).toContain('A may not trade -10');
    expect(refusals({ B: 10 })).toContain('B may not trade 10');
    expect(refusals({ C: -10 }, { parameters: { allowShort: true } })).toContain('C may not trade -10');
    expect(refusals({ A: -10 }, { parameters: { tradeUniverse: 'ALL' } })).toBe('');
  });

  it('lets an instrument move toward its rebalance target, and not away from it', () => {
    const toward = { signals: [], requests: [rebalance('A', 0.05)] };
    expect(refusals({ A: -500 }, toward)).toBe('');
    expect(refusals({ A: 10 }, toward)).toContain('A may not trade 10');
  });

  it('refuses parts of a lot, but not the sale of an odd position', () => {
    const lots: Partial<GivenCoordination> = {
      instruments: [{ id: 'A', held: 1000, lotSize: 100 }, { id: 'B', held: 1030, lotSize: 100 }, { id: 'C' }],
    };
    expect(refusals({ A: 250 }, lots)).toContain('lots are 100');
    expect(refusals({ B: -1030 }, lots)).toBe('');
    expect(refusals({ B: -1020 }, lots)).toContain('lots are 100');
  });

  it('lets a broken limit stay broken, but not grow, and held instruments be reduced meanwhile', () => {
    const broken = { parameters: { maxPositionSize: 0.08 } };
    expect(verify({ B: -50 }, broken)).toMatchObject({ refusals: [], allHold: false });
    expect(refusals({ A: 10 }, broken)).toContain('A weighs');
    expect(refusals({ A: -10 }, broken)).toBe('');
    expect(verify({ A: -200, B: -200 }, broken)).toMatchObject({ refusals: [], allHold: true });
  });

  it('counts only live signals', () => {
    const stale = { signals: [{ on: 'A', generatedAt: NOW - 100 * DAY_MS }] };
    expect(refusals({ A: 10 }, stale)).toContain('A may not trade 10');
  });
});
