import { laneOf } from './lane-of.js';

describe('the lane of a stream', () => {
  it('never changes: positions are stored by it', () => {
    const streams = [
      '',
      'market-model',
      'portfolio-main',
      'configuration-cautious',
      'coordination-coord_20250621_001',
      'ä-€',
    ];
    expect(streams.map((stream) => laneOf(stream, 8))).toEqual([4, 6, 2, 2, 4, 0]);
  });

  it('spreads streams evenly', () => {
    const counts = new Array<number>(8).fill(0);
    for (let i = 0; i < 8_000; i++) counts[laneOf(`coordination-coord_20250621_${i}`, 8)]! += 1;
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });

  it('is the only one where there is one', () => {
    expect(laneOf('portfolio-main', 1)).toBe(0);
  });
});
