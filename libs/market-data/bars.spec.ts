import { type BarMatrix, barsOf, selectInstruments, upTo } from './bars.js';

const matrix: BarMatrix = {
  days: ['2024-01-02', '2024-01-03', '2024-01-05'],
  instruments: ['A', 'B'],
  close: Float64Array.of(10, NaN, 11, 20, 12, 21),
  volume: Float64Array.of(100, NaN, NaN, 200, 102, 201),
};

describe('a matrix of bars', () => {
  it('lists the bars that exist, day by day', () => {
    expect(
      [...barsOf(matrix)].map(({ instrument_id, day, close, volume }) => [instrument_id, day, close, volume]),
    ).toEqual([
      ['A', '2024-01-02', 10, 100],
      ['A', '2024-01-03', 11, null],
      ['B', '2024-01-03', 20, 200],
      ['A', '2024-01-05', 12, 102],
      ['B', '2024-01-05', 21, 201],
    ]);
  });

  it('ends on the asked day or the last one before it, and never after', () => {
    expect(upTo(matrix, '2024-01-04').days).toEqual(['2024-01-02', '2024-01-03']);
    expect([...upTo(matrix, '2024-01-02').close]).toEqual([10, NaN]);
    expect(() => upTo(matrix, '2024-01-01')).toThrow('no bars on or before 2024-01-01; the first are of 2024-01-02');
  });

  it('selects instruments in the order asked', () => {
    const chosen = selectInstruments(matrix, ['B', 'A']);
    expect([...chosen.close]).toEqual([NaN, 10, 20, 11, 21, 12]);
    expect(() => selectInstruments(matrix, ['C'])).toThrow('no bars of C');
  });
});
