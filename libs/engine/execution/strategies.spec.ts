import { RandomStream } from '#testing';
import { sessionOf, TradingTime } from './session.js';
import { type OrderToWork, workOrder } from './strategies.js';
import { VolumeCurve, volumeCurves } from './volume.js';
import { given, NOW } from '../coordination.fixture.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const input = given({ instruments: [{ id: 'A' }] });
const time = new TradingTime(sessionOf(input));

const order: OrderToWork = {
  quantity: 20_000,
  lot: 1,
  sigma: 0.02,
  adv: 500_000,
  participation: 0.1,
  costLinear: 0.0003,
  riskAversion: 3,
  alpha: 0,
  halfLifeDays: Infinity,
  first: 0,
  count: 13,
};

function work(more: Partial<OrderToWork> = {}, profile: readonly number[] = [1]) {
  return workOrder({ ...order, ...more }, time, new VolumeCurve(profile, time));
}

describe('the ways of working an order', () => {
  it('stand side by side, the one of the least cost and risk first', () => {
    const ways = work();
    expect(ways.map(({ strategy }) => strategy)).toEqual(['ALMGREN_CHRISS', 'TWAP', 'VWAP', 'POV']);
    const [chosen, , vwap, pov] = ways;
    // cheaper than the fastest, less risky than the slowest
    expect(chosen!.expectedCostBps).toBeLessThan(pov!.expectedCostBps);
    expect(chosen!.costStdBps).toBeLessThan(vwap!.costStdBps);
    expect(chosen!.expectedCostBps).toBeGreaterThan(vwap!.expectedCostBps);
    expect(ways.slice(1).every(({ objective }) => objective >= chosen!.objective)).toBe(true);
  });

  it('without aversion to risk trade with the volume, and evenly where it is not known', () => {
    expect(work({ riskAversion: 0 }, [3, 1, 1, 3])[0]!.strategy).toBe('VWAP');
    expect(work({ adv: Infinity, participation: Infinity }).map(({ strategy }) => strategy)).toEqual(['TWAP']);
  });

  it('cost a whole day with the volume what the utility charges for the trade', () => {
    const vwap = work().find(({ strategy }) => strategy === 'VWAP')!;
    const impact = order.sigma * Math.sqrt(order.quantity / order.adv);
    expect(vwap.expectedCostBps).toBeCloseTo(1e4 * (order.costLinear + impact), 2);
  });

  it('keep each slice within its share of the volume, and run on where that is too little', () => {
    const profile = [4, 1, 1, 1, 6];
    const volume = new VolumeCurve(profile, time);
    for (const { quantities, unplaced } of work({ quantity: 70_000, riskAversion: 100 }, profile)) {
      expect(unplaced).toBe(0);
      expect(quantities.length).toBeGreaterThan(13);
      expect(quantities.reduce((sum, shares) => sum + shares, 0)).toBe(70_000);
      quantities.forEach((shares, s) => expect(shares).toBeLessThanOrEqual(0.1 * 500_000 * volume.of(s) + 1));
    }
  });

  it('have the expected cost and the standard deviation that a simulation finds', () => {
    const [runs, random] = [5_000, new RandomStream(3)];
    for (const { quantities, expectedCostBps, costStdBps } of work()) {
      let [sum, squares] = [0, 0];
      for (let run = 0; run < runs; run += 1) {
        let [price, cost] = [0, 0];
        quantities.forEach((shares, s) => {
          const impact = shares > 0 ? order.sigma * Math.sqrt(shares / (order.adv * (1 / 13))) : 0;
          cost += (shares / order.quantity) * (price + impact + order.costLinear);
          price += order.sigma * Math.sqrt(time.slot(s).days) * random.normal();
        });
        sum += cost;
        squares += cost * cost;
      }
      const mean = sum / runs;
      const std = Math.sqrt(Math.max(0, squares / runs - mean * mean));
      expect(Math.abs(1e4 * mean - expectedCostBps)).toBeLessThanOrEqual((4 * costStdBps) / Math.sqrt(runs) + 1e-6);
      expect(Math.abs(1e4 * std - costStdBps)).toBeLessThanOrEqual((4 * costStdBps) / Math.sqrt(2 * runs) + 1e-3);
    }
  });
});

describe('the slots of a session', () => {
  it('begin at once, end at the close, and have of a half day as much less volume', () => {
    const sessions = [
      { openAt: NOW - HOUR_MS, closeAt: NOW + 1.25 * HOUR_MS },
      { openAt: NOW + DAY_MS, closeAt: NOW + DAY_MS + 2.25 * HOUR_MS },
    ];
    const calendar = { sessions, ordinaryMs: 4.5 * HOUR_MS };
    const short = { ...input, market: { ...input.market, calendar } };
    const slots = new TradingTime(sessionOf(short));
    expect([slots.slot(0).startAt, slots.slot(2).endAt]).toEqual([NOW, NOW + 1.25 * HOUR_MS]);
    expect(slots.slot(3).startAt).toBe(NOW + DAY_MS);
    const curve = volumeCurves(short, slots)('A');
    const halfDay = [3, 4, 5, 6, 7].reduce((sum, s) => sum + curve.of(s), 0);
    expect(halfDay).toBeCloseTo(0.5, 12);
  });
});
