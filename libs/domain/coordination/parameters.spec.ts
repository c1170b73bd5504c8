import { DEFAULT_LIMIT_PRIORITY, MODE_DEFAULTS, resolveParameters } from './parameters.js';

describe('parameters of a coordination', () => {
  it('given nothing, are those of the balanced mode', () => {
    expect(resolveParameters()).toMatchObject({
      mode: 'BALANCED',
      ...MODE_DEFAULTS.BALANCED,
      maxPositionSize: 0.05,
      correlationThreshold: 0.8,
      riskBudgetLimit: 0.02,
      maxSectorWeight: 0.3,
      horizonDays: 5,
      limitPriority: DEFAULT_LIMIT_PRIORITY,
    });
  });

  it.each(['AGGRESSIVE', 'BALANCED', 'CONSERVATIVE'] as const)('given the mode %s, take its numbers', (mode) => {
    expect(resolveParameters({ coordination_mode: mode })).toMatchObject(MODE_DEFAULTS[mode]);
  });

  it('given a stored configuration and a request, the request wins field by field', () => {
    const resolved = resolveParameters(
      { max_position_size: 0.03 },
      { max_position_size: 0.1, max_turnover: 0.4, coordination_mode: 'CONSERVATIVE' },
    );
    expect(resolved).toMatchObject({ maxPositionSize: 0.03, maxTurnover: 0.4, riskAversion: 25 });
  });

  it('given an override of a number that the mode sets, the override wins over the mode', () => {
    const resolved = resolveParameters({ coordination_mode: 'AGGRESSIVE', risk_aversion: 7, risk_budget_share: 0.5 });
    expect(resolved).toMatchObject({ riskAversion: 7, riskBudgetShare: 0.5, maxTurnover: 0.5 });
  });

  it('given part of the priorities, keeps the default order behind what is named', () => {
    expect(resolveParameters({ limit_priority: ['turnover', 'cash'] }).limitPriority).toEqual([
      'turnover',
      'cash',
      'restricted',
      'position',
      'risk',
      'sector',
      'correlation',
      'liquidity',
      'gains',
    ]);
  });

  it('sells lots by least tax without a budget of gains, unless they say otherwise', () => {
    expect(resolveParameters().tax).toEqual({
      shortTermRate: 0,
      longTermRate: 0,
      harvest: false,
      lotMethod: 'LEAST_TAX',
    });
    const tax = { lot_method: 'FIFO' as const, gain_budget: { short_term: 0, total: 5 } };
    expect(resolveParameters({ tax }).tax).toMatchObject({
      lotMethod: 'FIFO',
      gainBudget: { shortTerm: 0, total: 5 },
    });
  });
});
