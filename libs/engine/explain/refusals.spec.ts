import { coordinate } from '../coordinate.js';
import { given, type GivenCoordination, NOW, DAY_MS, rebalance } from '../coordination.fixture.js';
import type { CoordinationResult, RejectedSignal } from '../result.js';
import { solve } from '../solver/index.js';

function coordinated(world: GivenCoordination): CoordinationResult {
  const result = coordinate(given(world), solve);
  if ('invalid' in result) throw new Error(result.invalid.kind);
  return result;
}

/** The rejection of the world's first signal. */
function rejection(world: GivenCoordination): RejectedSignal {
  const found = coordinated(world).rejectedSignals.find(({ signalId }) => signalId === 's0');
  if (found === undefined) throw new Error('the signal was followed');
  return found;
}

const others = [
  { id: 'B', held: 1000 },
  { id: 'C', held: 1000 },
];

describe('given a signal that is not followed', () => {
  it('NOT_HELD: a SELL of nothing while shorting is off', () => {
    const refused = rejection({ instruments: [{ id: 'A' }, ...others], signals: [{ on: 'A', action: 'SELL' }] });
    expect(refused.code).toBe('NOT_HELD');
    expect(refused.counterfactual?.parameter).toBe('allow_short');
  });

  it('CONFLICTING_SIGNALS: outvoted by a stronger signal on the same instrument', () => {
    const world = {
      instruments: [{ id: 'A', held: 500 }, ...others],
      signals: [
        { on: 'A', action: 'SELL', strength: 0.1, confidence: 0.4 },
        { on: 'A', action: 'BUY', strength: 0.9 },
      ],
    } as const;
    expect(rejection(world).code).toBe('CONFLICTING_SIGNALS');
    expect(coordinated(world).decisions[0]).toMatchObject({ instrumentId: 'A', action: 'BUY' });
  });

  it('CONFLICTING_SIGNALS: a HOLD on an instrument that trades', () => {
    const world = {
      instruments: [{ id: 'A' }, ...others],
      signals: [{ on: 'A', action: 'HOLD', strength: 0.1 }, { on: 'A' }],
    } as const;
    expect(rejection(world).code).toBe('CONFLICTING_SIGNALS');
  });

  it('COST_EXCEEDS_BENEFIT: the spread is more than the signal expects', () => {
    const refused = rejection({
      instruments: [{ id: 'A', halfSpread: 0.02 }, ...others],
      signals: [{ on: 'A', strength: 0.5 }],
    });
    expect(refused.code).toBe('COST_EXCEEDS_BENEFIT');
    expect(refused.shortfall!.costBps).toBeCloseTo(200, 6);
    expect(refused.reason).toContain('200.0 bp');
  });

  it('POSITION_LIMIT: the position is full already', () => {
    const refused = rejection({
      instruments: [{ id: 'A', held: 3000 }, ...others],
      signals: [{ on: 'A' }],
      parameters: { maxPositionSize: 0.2 },
      cash: 1_000_000,
    });
    expect(refused.code).toBe('POSITION_LIMIT');
    expect(refused.shadowPrice).toBeGreaterThan(0);
    expect(refused.counterfactual).toMatchObject({ parameter: 'max_position_size', would: { action: 'BUY' } });
    expect(refused.counterfactual!.value).toBeGreaterThan(0.2);
  });

  it('SECTOR_LIMIT: the sector is full and what else is in it may not be sold', () => {
    const refused = rejection({
      instruments: [
        { id: 'A', sector: 'Energy' },
        { id: 'B', held: 2000, sector: 'Energy' },
        { id: 'C', held: 1000 },
      ],
      signals: [{ on: 'A' }],
      parameters: { maxSectorWeight: 2 / 13 },
    });
    expect(refused.code).toBe('SECTOR_LIMIT');
    expect(refused.shortfall!.limits['sector:Energy']).toBeGreaterThan(0);
  });

  it('CASH: everything is invested', () => {
    const refused = rejection({
      instruments: [{ id: 'A' }, ...others],
      signals: [{ on: 'A' }],
      cash: 2100,
      parameters: { maxPositionSize: 1, riskBudgetLimit: 0.05 },
    });
    expect(refused.code).toBe('CASH');
  });

  it('RISK_BUDGET: the portfolio may take no more risk', () => {
    const refused = rejection({
      instruments: [
        { id: 'A', sigma: 0.03, lotSize: 100 },
        { id: 'B', held: 4000 },
        { id: 'C', held: 4000 },
      ],
      cash: 300_000,
      signals: [{ on: 'A' }],
      parameters: { maxPositionSize: 0.5, riskBudgetLimit: 0.0195, riskAversion: 1 },
      common: 0.9,
    });
    expect(refused.code).toBe('RISK_BUDGET');
  });

  it('TURNOVER: a better signal takes what may be traded', () => {
    const refused = rejection({
      instruments: [{ id: 'A' }, { id: 'D', sigma: 0.03 }, ...others],
      signals: [
        { on: 'A', strength: 0.3 },
        { on: 'D', strength: 1 },
      ],
      parameters: { maxTurnover: 0.02, riskAversion: 1 },
    });
    expect(refused.code).toBe('TURNOVER');
  });

  it('LIQUIDITY: hardly any volume', () => {
    const refused = rejection({
      instruments: [{ id: 'A', adv: 5000, lotSize: 100 }, ...others],
      signals: [{ on: 'A' }],
      parameters: { maxParticipation: 0.01 },
    });
    expect(refused.code).toBe('LIQUIDITY');
    expect(refused.counterfactual?.parameter).toBe('max_participation');
  });

  it('CORRELATION: it moves with the rest of the portfolio', () => {
    const refused = rejection({
      instruments: [{ id: 'A' }, ...others],
      signals: [{ on: 'A' }],
      parameters: { correlationThreshold: 0.3 },
      common: 0.8,
    });
    expect(refused.code).toBe('CORRELATION');
    expect(refused.counterfactual?.parameter).toBe('correlation_threshold');
  });

  it('TAX: the gain would be taxed away', () => {
    const lot = { lotId: 'l1', quantity: 500, costBasis: 20, acquiredAt: NOW - 30 * DAY_MS };
    const world = {
      instruments: [{ id: 'A', held: 500, taxLots: [lot] }, ...others],
      signals: [{ on: 'A', action: 'SELL' }],
    } as const;
    expect(coordinated(world).rejectedSignals).toEqual([]);
    const tax = { shortTermRate: 0.4, longTermRate: 0.2, harvest: false };
    expect(rejection({ ...world, parameters: { tax } }).code).toBe('TAX');
  });

  it('BELOW_MINIMUM: the best order is smaller than the smallest one', () => {
    const refused = rejection({
      instruments: [{ id: 'A', lotSize: 5000 }, ...others],
      signals: [{ on: 'A', strength: 0.2 }],
      parameters: { riskAversion: 100 },
    });
    expect(refused.code).toBe('BELOW_MINIMUM');
  });

  it('OVERRIDDEN_BY_REBALANCE: a target asks for the opposite', () => {
    const world = {
      instruments: [{ id: 'A', held: 2000 }, ...others],
      signals: [{ on: 'A', action: 'BUY', strength: 0.1, confidence: 0.3 }],
      requests: [rebalance('A', 0.02, { priority: 10 })],
      parameters: { priorityWeights: { rebalance: 10 } },
    } as const;
    expect(rejection(world).code).toBe('OVERRIDDEN_BY_REBALANCE');
    expect(coordinated(world).decisions[0]).toMatchObject({ instrumentId: 'A', action: 'SELL' });
  });

  it('HOLD_ALL: no portfolio could be found', () => {
    const broken: typeof solve = (problem) => ({ ...solve(problem), status: 'INFEASIBLE' });
    const result = coordinate(given({ instruments: [{ id: 'A' }, ...others], signals: [{ on: 'A' }] }), broken);
    if ('invalid' in result) throw new Error(result.invalid.kind);
    expect(result.status).toBe('HOLD_ALL');
    expect(result.rejectedSignals[0]!.code).toBe('HOLD_ALL');
    expect(result.warnings.join()).toContain('Everything is held');
  });
});

describe('given a HOLD signal on an instrument that does not trade', () => {
  it('it is followed', () => {
    const result = coordinated({
      instruments: [{ id: 'A', held: 10 }, ...others],
      signals: [{ on: 'A', action: 'HOLD' }],
    });
    expect(result.rejectedSignals).toEqual([]);
    expect(result.decisions).toHaveLength(1);
    expect(result.decisions[0]).toMatchObject({ instrumentId: 'A', action: 'HOLD', quantity: 0 });
    expect(result.decisions[0]!.reasoning.join()).toContain('Held as source0 asks');
  });
});
