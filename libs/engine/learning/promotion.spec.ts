import { SeededRandom } from '../numerics/index.js';
import { judgeChallenger } from './promotion.js';

const drawn = (seed: number, count: number, mean: number): number[] => {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () => mean + random.normal());
};

describe('a challenger', () => {
  it('is promoted when it is better out of sample, and the champion comes back by the same test', () => {
    const differences = drawn(1, 300, 0.5);
    const test = { differences, overlap: 5, look: 1, challengers: 1 };
    expect(judgeChallenger(test)).toMatchObject({ verdict: 'PROMOTE', blocks: 60 });
    const reversed = differences.map((value) => -value);
    expect(judgeChallenger({ ...test, differences: reversed })).toMatchObject({ verdict: 'KEEP' });
  });

  it('waits for enough outcomes, with missing ones left out', () => {
    const test = { differences: [...drawn(1, 59, 9), NaN], overlap: 5, look: 1, challengers: 1 };
    expect(judgeChallenger(test).verdict).toBe('TOO_EARLY');
    expect(judgeChallenger({ ...test, differences: [] }).verdict).toBe('TOO_EARLY');
  });

  it('has to be the better the more often it was looked at, and the more of them were tried', () => {
    const test = { differences: drawn(4, 120, 0.12), overlap: 1, look: 1, challengers: 1 };
    expect(judgeChallenger(test).verdict).toBe('PROMOTE');
    expect(judgeChallenger({ ...test, look: 8 }).verdict).toBe('KEEP');
    expect(judgeChallenger({ ...test, challengers: 40 }).verdict).toBe('KEEP');
  });

  it('without an advantage is hardly ever promoted, though looked at again and again', () => {
    let promoted = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const differences = drawn(1000 + seed, 240, 0);
      const looks = [40, 80, 120, 160, 200, 240];
      promoted += Number(
        looks.some((count, i) => {
          const test = { differences: differences.slice(0, count), overlap: 2, look: i + 1, challengers: 1 };
          return judgeChallenger(test).verdict === 'PROMOTE';
        }),
      );
    }
    // at most 5 % are to be expected: 10, with a standard deviation of 3
    expect(promoted).toBeLessThanOrEqual(19);
  });
});
