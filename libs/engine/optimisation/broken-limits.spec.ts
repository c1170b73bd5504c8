import { coordinate } from '../coordinate.js';
import { given, type GivenCoordination } from '../coordination.fixture.js';
import type { CoordinationResult, LimitReport } from '../result.js';
import { solve } from '../solver/index.js';

function coordinated(world: GivenCoordination): CoordinationResult {
  const result = coordinate(given(world), solve);
  if ('invalid' in result) throw new Error(result.invalid.kind);
  return result;
}

function limit(result: CoordinationResult, name: string): LimitReport {
  const found = result.limits.find((report) => report.name === name);
  if (found === undefined) throw new Error(`${name} is not reported`);
  return found;
}

const sold = (result: CoordinationResult, id: string): number =>
  result.decisions.find(({ instrumentId, action }) => instrumentId === id && action === 'SELL')?.quantity ?? 0;

/** 1,000,000 in all; A weighs 30 % */
const heavy = {
  instruments: [
    { id: 'A', held: 3000 },
    { id: 'B', held: 1000 },
  ],
  cash: 600_000,
} as const;

describe('given a portfolio that breaks a limit before trading', () => {
  it('restores a position limit although no signal asks for it', () => {
    const result = coordinated(heavy);
    expect(result.status).toBe('OPTIMAL');
    expect(sold(result, 'A')).toBe(1000);
    expect(limit(result, 'position:A')).toMatchObject({ bound: 0.2, brokenBefore: true, relaxedBy: 0 });
    expect(limit(result, 'position:A').value).toBeLessThanOrEqual(0.2);
    expect(result.decisions[0]!.reasoning[0]).toContain('30.00 % against a position limit of 20.00 %');
  });

  it('restores cash by selling what costs least', () => {
    const result = coordinated({
      instruments: [
        { id: 'A', held: 1000, halfSpread: 0.01 },
        { id: 'B', held: 1000, halfSpread: 0.0001 },
      ],
      cash: -10_000,
      parameters: { maxPositionSize: 1, riskBudgetLimit: 0.1, maxTurnover: 1 },
    });
    expect(result.status).toBe('OPTIMAL');
    expect(limit(result, 'cash').brokenBefore).toBe(true);
    expect(limit(result, 'cash').slack).toBeGreaterThanOrEqual(0);
    expect(sold(result, 'B')).toBeGreaterThan(100);
    expect(sold(result, 'A')).toBe(0);
  });

  it('restores a sector and the risk budget', () => {
    const sector = coordinated({
      instruments: [
        { id: 'A', held: 2000, sector: 'S' },
        { id: 'B', held: 2000, sector: 'S' },
        { id: 'C', held: 100 },
      ],
      parameters: { maxSectorWeight: 0.25 },
    });
    expect(sector.status).toBe('OPTIMAL');
    expect(limit(sector, 'sector:S').value).toBeLessThanOrEqual(0.25);
    const risk = coordinated({ ...heavy, parameters: { maxPositionSize: 1, riskBudgetLimit: 0.005 } });
    expect(risk.status).toBe('OPTIMAL');
    expect(limit(risk, 'risk').brokenBefore).toBe(true);
    expect(limit(risk, 'risk').value).toBeLessThanOrEqual(0.9 * 0.005 + 1e-12);
  });

  it('sells what liquidity allows and names it when that is not enough', () => {
    const result = coordinated({
      ...heavy,
      instruments: [
        { id: 'A', held: 3000, adv: 4000 },
        { id: 'B', held: 1000 },
      ],
    });
    expect(result.status).toBe('RELAXED');
    expect(sold(result, 'A')).toBe(400);
    const report = limit(result, 'position:A');
    expect(report.relaxedBy).toBeCloseTo(0.06, 9);
    expect(report.preventedBy).toEqual(['liquidity']);
  });

  it('holds a restricted position and names the restriction', () => {
    const result = coordinated({ ...heavy, parameters: { restricted: ['A'] } });
    expect(result.status).toBe('RELAXED');
    expect(sold(result, 'A')).toBe(0);
    expect(limit(result, 'position:A')).toMatchObject({ brokenBefore: true, preventedBy: ['restricted'] });
  });

  it('cures the limit of higher priority first when turnover does not reach for both', () => {
    const world: GivenCoordination = {
      instruments: [
        { id: 'A', held: 3000 },
        { id: 'B', held: 1500, sector: 'S' },
        { id: 'C', held: 1500, sector: 'S' },
      ],
      cash: 400_000,
      parameters: { maxSectorWeight: 0.2, maxTurnover: 0.12 },
    };
    const positionFirst = coordinated(world);
    expect(positionFirst.status).toBe('RELAXED');
    expect(limit(positionFirst, 'position:A').relaxedBy).toBe(0);
    expect(limit(positionFirst, 'sector:S').value).toBeCloseTo(0.28, 3);
    expect(limit(positionFirst, 'sector:S').preventedBy).toContain('turnover');
    const sectorFirst = coordinated({
      ...world,
      parameters: {
        ...world.parameters,
        limitPriority: ['restricted', 'sector', 'position', 'risk', 'cash', 'correlation', 'liquidity', 'turnover'],
      },
    });
    expect(limit(sectorFirst, 'sector:S').relaxedBy).toBe(0);
    expect(limit(sectorFirst, 'position:A').value).toBeCloseTo(0.28, 3);
    expect(limit(sectorFirst, 'position:A').preventedBy).toContain('turnover');
  });

  it('leaves no limit more broken than it was, and none broken that held', () => {
    const result = coordinated({
      instruments: [
        { id: 'A', held: 3000, sector: 'S' },
        { id: 'B', sector: 'S' },
        { id: 'C', held: 2000 },
      ],
      signals: [{ on: 'B', strength: 1 }],
      cash: 500_000,
      parameters: { maxSectorWeight: 0.25, maxTurnover: 0.01 },
    });
    expect(result.status).toBe('RELAXED');
    expect(limit(result, 'turnover').value).toBeLessThanOrEqual(0.01 + 1e-12);
    expect(limit(result, 'sector:S').value).toBeLessThanOrEqual(0.3);
    expect(result.decisions.some(({ action }) => action === 'BUY')).toBe(false);
  });
});

describe('given a portfolio within its limits and nothing asked for', () => {
  it('holds exactly, without a solver', () => {
    const never = () => {
      throw new Error('nothing is to be solved');
    };
    const result = coordinate(
      given({
        instruments: [
          { id: 'A', held: 700 },
          { id: 'B', held: 33 },
        ],
      }),
      never,
    );
    if ('invalid' in result) throw new Error(result.invalid.kind);
    expect(result).toMatchObject({ status: 'OPTIMAL', decisions: [], optimalityGapBps: 0 });
    expect(result.summary).toMatchObject({ turnover: 0, utility: 0, utilityBound: 0, coordinationQuality: 1 });
  });

  it('holds as well where every instrument may trade', () => {
    const world: GivenCoordination = {
      instruments: [
        { id: 'A', held: 700 },
        { id: 'B', held: 33 },
      ],
      signals: [{ on: 'A', action: 'HOLD' }],
      parameters: { tradeUniverse: 'ALL' },
    };
    expect(coordinated(world).decisions.map(({ action }) => action)).toEqual(['HOLD']);
  });
});
