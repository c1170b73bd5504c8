import { simulatePlans } from '#testing';

describe('ten thousand executions in a market that does as it likes', () => {
  it('keep every limit after every fill, lose no share and no cent', () => {
    const { faults, replans, filled } = simulatePlans(100_000, 10_000);
    expect(faults).toEqual([]);
    expect(replans).toBeGreaterThan(50_000);
    expect(filled).toBeGreaterThan(0.5);
  }, 1_200_000);
});
