import { simulatePlans } from '#testing';

describe('executions in a market that does as it likes', () => {
  it('keep every limit after every fill, lose no share and no cent', () => {
    const { faults, replans, events, reasons, filled } = simulatePlans(1, 200);
    expect(faults).toEqual([]);
    // the market was no easy one
    expect(replans).toBeGreaterThan(1000);
    expect(filled).toBeGreaterThan(0.5);
    for (const count of Object.values(events)) expect(count).toBeGreaterThan(20);
    expect([...reasons]).toEqual(expect.arrayContaining(['CASH', 'RISK', 'SECTOR']));
  });
});
