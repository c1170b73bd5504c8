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

describe('the verifier of tax lots', () => {
  const lot = (lotId: string, quantity: number, costBasis: number, days: number) => {
    return { lotId, quantity, costBasis, acquiredAt: NOW - days * DAY_MS };
  };
  const lots = [lot('old', 100, 60, 500), lot('mid', 100, 99, 200), lot('loss', 100, 130, 90)];
  type Claimed = readonly (readonly [string, number])[];

  /** A sale of A, of which 300 are held at 100, in the lots that are claimed. */
  function refusalsOf(
    quantity: number,
    claimed: Claimed,
    tax: object = {},
    more: Partial<GivenCoordination> = {},
  ): string {
    const input = given({
      instruments: [{ id: 'A', held: 300, taxLots: lots }],
      signals: [{ on: 'A', action: 'SELL' }],
      parameters: { tax: { shortTermRate: 0.3, longTermRate: 0.1, harvest: true, ...tax } },
      ...more,
    });
    const built = buildUniverse(input);
    if (built.kind !== 'UNIVERSE') throw new Error(built.kind);
    const sold = claimed.map(([lotId, shares]) => ({ lotId, quantity: shares }));
    const accepted = synthesise(input, built.universe).accepted;
    return verifyPortfolio(input, built.universe, accepted, Float64Array.of(-quantity), () => sold).refusals.join('; ');
  }

  it.each<[string, number, Claimed, object, string]>([
    ['a lot that is not held', 10, [['x', 10]], {}, 'the lot x, which it does not have'],
    ['more of a lot than there is', 110, [['loss', 110]], {}, 'sells 110 of the lot loss of 100'],
    ['lots of less than the sale', 110, [['loss', 100]], {}, 'sells 110, but names lots of 100'],
    ['lots of more than the sale', 10, [['loss', 20]], {}, 'the lots it names are 20'],
    ['a gain before a loss by least tax', 10, [['old', 10]], {}, 'does not sell its lots by LEAST_TAX'],
    ['a newer lot by FIFO', 10, [['loss', 10]], { lotMethod: 'FIFO' }, 'does not sell its lots by FIFO'],
    ['a lower basis by HIFO', 10, [['mid', 10]], { lotMethod: 'HIFO' }, 'does not sell its lots by HIFO'],
    [
      'gains beyond the budget',
      100,
      [['old', 100]],
      { lotMethod: 'FIFO', gainBudget: { longTerm: 3_999 } },
      'gains:long_term is 0.00',
    ],
  ])('refuses %s', (_, quantity, claimed, tax, message) => {
    expect(refusalsOf(quantity, claimed, tax)).toContain(message);
  });

  it('accepts the lots of the method, within the budget', () => {
    expect(refusalsOf(150, [['loss', 100], ['mid', 50]])).toBe(''); // prettier-ignore
    expect(refusalsOf(100, [['old', 100]], { lotMethod: 'FIFO', gainBudget: { longTerm: 4_000, shortTerm: 0 } })).toBe(
      '',
    );
  });

  it('nets losses, but none that a purchase elsewhere washes', () => {
    const claimed: Claimed = [['loss', 100], ['mid', 100], ['old', 100]]; // prettier-ignore
    const budget = { gainBudget: { total: 1_100 } };
    expect(refusalsOf(300, claimed, budget)).toBe('');
    for (const days of [-30, 30]) {
      const trade = { account: 'x', instrumentId: 'A', quantity: 1, tradedAt: NOW + days * DAY_MS };
      expect(refusalsOf(300, claimed, budget, { tax: { recordedTrades: [trade] } })).toContain('gains:total is');
    }
  });

  it('takes named lots alone', () => {
    const lotsToSell = [{ instrumentId: 'A', lotIds: ['mid'] }];
    const named = (claimed: Claimed) => refusalsOf(50, claimed, { lotMethod: 'SPECIFIC' }, { tax: { lotsToSell } });
    expect(named([['mid', 50]])).toBe('');
    expect(named([['loss', 50]])).toContain('the lot loss, which is not named');
  });
});
