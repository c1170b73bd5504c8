import { isRejection } from '../rejection.js';
import { NO_PORTFOLIO, type PortfolioAggregate } from './portfolio.js';
import { queueRebalance } from './queue-rebalance.js';

const now = Date.parse('2026-03-02T10:00:00Z');
const portfolio: PortfolioAggregate = {
  ...NO_PORTFOLIO,
  state: {
    portfolio_id: 'p',
    as_of: '2026-03-02T09:00:00Z',
    cash: 1,
    positions: [{ instrument_id: 'HELD', quantity: 1 }],
  },
};
const asking = (...ids: readonly string[]) => ({
  rebalance_id: 'r',
  targets: ids.map((instrument_id) => ({ instrument_id, target_weight: 0.1 })),
});

describe('queueing a rebalance request', () => {
  it('knows what is held and what the market model has; without a model it cannot tell', () => {
    const known = new Set(['A']);
    const command = { portfolioId: 'p', request: asking('A', 'HELD', 'B'), now };
    const refused = queueRebalance(portfolio, { ...command, known });
    expect(isRejection(refused) && refused.errors?.map(({ pointer }) => pointer)).toEqual(['/targets/2/instrument_id']);
    expect(isRejection(queueRebalance(portfolio, command))).toBe(false);
  });

  it('dates a cash flow that has no date', () => {
    const request = { ...asking(), cash_flow: { amount: 5 } };
    expect(queueRebalance(portfolio, { portfolioId: 'p', request, now })).toMatchObject({
      data: { request: { cash_flow: { amount: 5, at: '2026-03-02T10:00:00.000Z' } } },
    });
  });

  it('takes a hundred at most', () => {
    const full = {
      ...portfolio,
      rebalances: Array.from({ length: 100 }, (_, n) => ({ request: { ...asking('A'), rebalance_id: `q${n}` } })),
    };
    expect(queueRebalance(full, { portfolioId: 'p', request: asking('A'), now })).toMatchObject({ rejected: true });
  });
});
