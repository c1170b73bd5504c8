import { marketFacts, usualVolume } from './market-facts.js';
import type { BarMatrix } from './bars.js';

function bars(days: number, close: (t: number) => number, volume: (t: number) => number): BarMatrix {
  return {
    days: Array.from({ length: days }, (_, t) => String(t)),
    instruments: ['A'],
    close: Float64Array.from({ length: days }, (_, t) => close(t)),
    volume: Float64Array.from({ length: days }, (_, t) => volume(t)),
  };
}

describe('usual volume', () => {
  it('is the median of the last sixty days, whatever came before', () => {
    const sixty = bars(
      100,
      () => 10,
      (t) => (t < 40 ? 1e9 : t - 39),
    );
    expect(usualVolume(sixty, 0)).toBe(30.5);
  });

  it('passes over missing days, and is unknown without any', () => {
    expect(
      usualVolume(
        bars(
          5,
          () => 10,
          (t) => (t === 1 ? NaN : 10 * t),
        ),
        0,
      ),
    ).toBe(25);
    expect(
      usualVolume(
        bars(
          5,
          () => 10,
          () => NaN,
        ),
        0,
      ),
    ).toBeNull();
  });
});

describe('market facts', () => {
  const facts = (price: number, instrument = {}) =>
    marketFacts(
      bars(
        2,
        () => price,
        () => 500,
      ),
      new Map([['A', { instrument_id: 'A', ...instrument }]]),
      () => 0.01,
    );

  it('takes half a cent as half spread, at least a basis point, unless the instrument has its own', () => {
    expect(facts(20)).toEqual([{ instrument_id: 'A', price: 20, volatility: 0.01, adv: 500, half_spread: 0.00025 }]);
    expect(facts(200)[0]?.half_spread).toBe(0.0001);
    expect(facts(20, { half_spread: 0.001, sector: 'Energy', lot_size: 10 })).toEqual([
      { instrument_id: 'A', price: 20, sector: 'Energy', volatility: 0.01, adv: 500, half_spread: 0.001, lot_size: 10 },
    ]);
  });

  it('leaves out what has no close on the last day', () => {
    expect(
      marketFacts(
        bars(
          2,
          (t) => (t === 1 ? NaN : 20),
          () => 500,
        ),
        new Map(),
        () => 0.01,
      ),
    ).toEqual([]);
  });
});
