import { given, type GivenInstrument } from '../coordination.fixture.js';
import { buildUniverse } from '../risk/index.js';
import { TradeGrid } from './trade-grid.js';

/** 1,000,000 in all; bounds in shares */
function gridOf(instrument: Partial<GivenInstrument>, low: number, high: number, minTradeNotional = 0): TradeGrid {
  const held = instrument.held ?? 0;
  const built = buildUniverse(given({ instruments: [{ id: 'A', ...instrument }], cash: 1_000_000 - held * 100 }));
  if (built.kind !== 'UNIVERSE') throw new Error(built.kind);
  const { universe } = built;
  const weight = (shares: number): Float64Array => Float64Array.of(((held + shares) * 100) / universe.nav);
  return new TradeGrid(universe, { minTradeNotional }, { lower: weight(low), upper: weight(high) });
}

/** Every trade from 0 in one direction. */
function steps(grid: TradeGrid, direction: 1 | -1): number[] {
  const trades: number[] = [];
  for (let t = 0, next = grid.next(0, t, direction); next !== t; next = grid.next(0, t, direction)) {
    trades.push(next);
    t = next;
  }
  return trades;
}

describe('the trades that an order can be', () => {
  it('are whole lots within the bounds', () => {
    const grid = gridOf({ held: 500, lotSize: 100 }, -250, 320);
    expect(steps(grid, 1)).toEqual([100, 200, 300]);
    expect(steps(grid, -1)).toEqual([-100, -200]);
  });

  it('may close an odd position, after its whole lots', () => {
    const grid = gridOf({ held: 230, lotSize: 100 }, -230, 0);
    expect(steps(grid, -1)).toEqual([-100, -200, -230]);
    expect(grid.next(0, -230, 1)).toBe(-200);
  });

  it('start at the minimum notional', () => {
    const grid = gridOf({ held: 500 }, -7, 7, 450);
    expect(steps(grid, 1)).toEqual([5, 6, 7]);
    expect(grid.next(0, 5, -1)).toBe(0);
    expect(steps(grid, -1)).toEqual([-5, -6, -7]);
  });

  it('round toward holding, or to the far side where a limit demands it', () => {
    const grid = gridOf({ held: 500, lotSize: 100 }, -500, 500);
    expect(grid.toward(0, 270)).toBe(200);
    expect(grid.toward(0, -270)).toBe(-200);
    expect(grid.atLeast(0, -270)).toBe(-300);
    expect(grid.toward(0, 299.99999999)).toBe(300);
    expect(grid.toward(0, 99)).toBe(0);
  });

  it('have no step beyond a position smaller than a lot but its sale', () => {
    const grid = gridOf({ held: 30, lotSize: 100 }, -30, 0);
    expect(steps(grid, -1)).toEqual([-30]);
    expect(grid.next(0, -30, 1)).toBe(0);
  });
});
