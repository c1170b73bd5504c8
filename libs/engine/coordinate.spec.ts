import { coordinate } from './coordinate.js';
import { given, type GivenCoordination, NOW, rebalance } from './coordination.fixture.js';
import { readSharedRequest, sharedRequestNames } from '#testing';
import type { CoordinationInput } from './input.js';
import type { CoordinationResult } from './result.js';
import { solve } from './solver/index.js';

const names = sharedRequestNames();
// jest has no empty tables: without the shared folder this shows as one skipped test
const cases = names.length > 0 ? it.each(names) : it.skip.each(['(shared requests absent)']);

function answer(input: CoordinationInput): CoordinationResult {
  const result = coordinate(input, solve);
  if ('invalid' in result) throw new Error(result.invalid.kind);
  return result;
}

const coordinated = (world: GivenCoordination): CoordinationResult => answer(given(world));

describe('real requests, end to end', () => {
  cases('%s', (name) => {
    const { input, expected } = readSharedRequest(name);
    const result = answer(input);
    // whole lots of an account of $25,000 cannot come as close
    const tolerance = name === 'p-small-account' ? 1 : 0.02;
    expect(result.status).toBe('OPTIMAL');
    expect(1e4 * result.summary.utility).toBeGreaterThan(expected.value - tolerance);
    expect(result.optimalityGapBps).toBeLessThan(tolerance);
    expect(result.limits.every(({ slack }) => slack >= -1e-9)).toBe(true);
    expect(result.solution.gap_relative).toBeLessThan(1e-6);
    expect(result.summary.signalsRejected).toBe(result.rejectedSignals.length);
    expect(result.decisions.map(({ priority }) => priority)).toEqual(result.decisions.map((_, p) => p + 1));
  });
});

describe('given a rebalance request', () => {
  const world: GivenCoordination = {
    instruments: [
      { id: 'A', held: 1500 },
      { id: 'B', held: 300 },
    ],
    requests: [rebalance('A', 0.05, { priority: 10 }), rebalance('B', 0.0252, { tolerance: 0.01 })],
  };

  it('moves toward the target and says so', () => {
    const [first] = coordinated(world).decisions;
    expect(first).toMatchObject({ instrumentId: 'A', action: 'SELL' });
    expect(first!.reasoning[0]).toMatch(/^Rebalance request rb-A \(OTHER\) asks for 5.00 % from 12.71 %/);
  });

  it('holds what is within the tolerance', () => {
    const held = coordinated(world).decisions.find(({ instrumentId }) => instrumentId === 'B')!;
    expect(held.action).toBe('HOLD');
    expect(held.reasoning[0]).toContain('within the tolerance');
  });

  it('goes further the higher its priority', () => {
    const sold = (priority: number) =>
      coordinated({ ...world, requests: [rebalance('A', 0.05, { priority })] }).decisions[0]!.quantity;
    expect(sold(10)).toBeGreaterThan(sold(1));
  });

  it('counts the one of higher priority where two name the same instrument', () => {
    const requests = [rebalance('A', 0.2, { priority: 2, rebalanceId: 'low' }), rebalance('A', 0.05, { priority: 9 })];
    const result = coordinated({ ...world, requests });
    expect(result.decisions[0]).toMatchObject({ action: 'SELL' });
    expect(result.warnings).toContain('Of rebalance request low, request rb-A, of higher priority, sets: A.');
  });

  it('warns of one that is overdue', () => {
    const requests = [rebalance('A', 0.05, { deadline: NOW - 1 })];
    expect(coordinated({ ...world, requests }).warnings).toContain('Rebalance request rb-A is overdue.');
  });
});

describe('what a decision reports', () => {
  const result = coordinated({
    instruments: [
      { id: 'A', adv: 1e5, sector: 'S' },
      { id: 'B', held: 2000 },
      { id: 'C', held: 500 },
    ],
    signals: [
      { on: 'A', strength: 1, source: 'carry' },
      { on: 'C', action: 'SELL', strength: 1 },
    ],
    parameters: { feeBps: 1 },
  });
  const buy = result.decisions.find(({ action }) => action === 'BUY')!;

  it('its effect on the portfolio', () => {
    expect(buy.impact.positionChange).toBeCloseTo((buy.quantity * 100) / 1_250_000, 12);
    expect(buy.impact.weightChange).toBeGreaterThan(buy.impact.positionChange);
    expect(buy.impact.riskContributionChange).toBeGreaterThan(0);
    expect(buy.impact.correlationImpact).toBeGreaterThan(0);
    expect(buy.impact.diversificationEffect).toBeGreaterThan(0);
    expect(buy.risk.expectedCostBps.spread).toBeCloseTo(2 * buy.impact.positionChange, 9);
    expect(buy.risk.expectedCostBps.fee).toBeCloseTo(1 * buy.impact.positionChange, 9);
    expect(buy.risk.daysToLiquidate).toBeCloseTo(buy.quantity / 10_000, 12);
  });

  it('its reasons, the signals first', () => {
    expect(buy.reasoning[0]).toMatch(/^Signals expect \+\d.* over 5 days \(score .*\): BUY from carry \+/);
    expect(buy.reasoning.some((sentence) => sentence.startsWith('Costs'))).toBe(true);
  });

  it('the summary adds up', () => {
    const { summary } = result;
    expect(summary.totalSignalsProcessed).toBe(2);
    expect(summary.decisionsGenerated).toBe(result.decisions.length);
    expect(summary.riskBudgetUsed).toBeCloseTo(buy.risk.var95After / 0.02, 12);
    const costs = result.decisions.map(({ risk }) => risk.expectedCostBps);
    const total = costs.reduce((sum, { spread, fee, impact, tax }) => sum + spread + fee + impact + tax, 0);
    expect(summary.expectedCostBps).toBeCloseTo(total, 12);
    expect(summary.turnover).toBeCloseTo(
      result.decisions.reduce((sum, { impact }) => sum + Math.abs(impact.positionChange), 0),
      12,
    );
  });
});

describe('given an input without an answer', () => {
  it('says which prices are missing', () => {
    const input = given({ instruments: [{ id: 'A' }] });
    const portfolio = { ...input.portfolio, positions: [{ instrumentId: 'X', quantity: 5 }] };
    expect(coordinate({ ...input, portfolio }, solve)).toEqual({
      invalid: { kind: 'MISSING_PRICES', missingPrices: ['X'] },
    });
  });

  it('says that a portfolio is worth nothing', () => {
    expect(coordinate(given({ instruments: [{ id: 'A' }], cash: 0 }), solve)).toEqual({
      invalid: { kind: 'NON_POSITIVE_NAV', nav: 0 },
    });
  });
});

describe('given open orders', () => {
  it('counts them as filled', () => {
    const result = coordinated({
      instruments: [{ id: 'A' }],
      signals: [{ on: 'A', strength: 1 }],
      openOrders: [{ instrumentId: 'A', quantity: 2000 }],
      parameters: { maxPositionSize: 0.2 },
    });
    expect(result.rejectedSignals[0]).toMatchObject({ code: 'POSITION_LIMIT' });
    expect(result.decisions[0]).toMatchObject({ action: 'HOLD' });
  });

  it('leaves them their part of the volume', () => {
    const bought = (openOrders: GivenCoordination['openOrders']) =>
      coordinated({
        instruments: [{ id: 'A', adv: 20_000 }],
        signals: [{ on: 'A', strength: 1 }],
        parameters: { maxParticipation: 0.01 },
        ...(openOrders ? { openOrders } : {}),
      }).decisions[0]!.quantity;
    expect(bought([])).toBe(200);
    expect(bought([{ instrumentId: 'A', quantity: 150 }])).toBe(50);
  });
});
