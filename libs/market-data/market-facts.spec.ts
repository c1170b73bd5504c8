import { marketFacts, usualVolume } from './market-facts.js';
import { prepareBars } from './preparation/prepare-bars.js';
import { typescriptPreparer } from './preparation/typescript-preparer.js';
import type { BarMatrix } from './bars.js';

function bars(days: number, close: (t: number) => number, volume: (t: number) => number): BarMatrix {
  return {
    days: Array.from({ length: days }, (_, t) => `day ${String(t).padStart(3, '0')}`),
    instruments: ['A'],
    close: Float64Array.from({ length: days }, (_, t) => close(t)),
    volume: Float64Array.from({ length: days }, (_, t) => volume(t)),
  };
}

describe('usual volume', () => {
  const ten = () => 10;

  it('is the median of the last sixty days, whatever came before', () => {
    expect(
      usualVolume(
        bars(100, ten, (t) => (t < 40 ? 1e9 : t - 39)),
        0,
      ),
    ).toBe(30.5);
  });

  it('passes over missing days, and is unknown without any', () => {
    expect(
      usualVolume(
        bars(5, ten, (t) => (t === 1 ? NaN : 10 * t)),
        0,
      ),
    ).toBe(25);
    expect(
      usualVolume(
        bars(5, ten, () => NaN),
        0,
      ),
    ).toBeNull();
  });

  it('counts missing days as nothing traded where it is asked to', () => {
    const ended = (day: number) => bars(100, ten, (t) => (t < day ? 500 : NaN));
    expect(usualVolume(ended(80), 0, 'NOTHING')).toBe(500);
    expect(usualVolume(ended(65), 0, 'NOTHING')).toBe(0);
    expect(usualVolume(ended(20), 0, 'NOTHING')).toBe(0);
  });
});

describe('market facts', () => {
  const facts = (price: number, instrument = {}, close = (_: number) => price) => {
    // a second instrument trades on every day: it makes the calendar
    const one = bars(100, close, (t) => (Number.isNaN(close(t)) ? NaN : 500));
    const two = (of: Float64Array) =>
      Float64Array.from({ length: 200 }, (_, at) => (at % 2 === 0 ? (of[at / 2] as number) : 7));
    const matrix = { ...one, instruments: ['A', 'B'], close: two(one.close), volume: two(one.volume) };
    const prepared = prepareBars(matrix, typescriptPreparer);
    return marketFacts(prepared, new Map([['A', { instrument_id: 'A', ...instrument }]]), [0.01, 0.02]);
  };

  it('takes half a cent as half spread, at least a basis point, unless the instrument has its own', () => {
    expect(facts(20)[0]).toEqual({ instrument_id: 'A', price: 20, volatility: 0.01, adv: 500, half_spread: 0.00025 });
    expect(facts(200)[0]?.half_spread).toBe(0.0001);
    expect(facts(20, { half_spread: 0.001, sector: 'Energy', lot_size: 10, adv: 9 })[0]).toEqual({
      instrument_id: 'A',
      price: 20,
      sector: 'Energy',
      volatility: 0.01,
      adv: 9,
      half_spread: 0.001,
      lot_size: 10,
    });
  });

  it('keeps what has no price any more at its last one, says of which day, and that nothing of it trades', () => {
    const until = (day: number) => facts(20, {}, (t) => (t < day ? 20 + 0.01 * t : NaN))[0];
    expect(until(97)).toMatchObject({ price: 20.96, price_as_of: 'day 096', adv: 500 });
    expect(until(60)).toMatchObject({ price: 20.59, price_as_of: 'day 059', adv: 0 });
  });
});
