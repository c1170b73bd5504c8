import { AdvanceSignal } from '#read-models';
import { PositionGate } from './position-gate.js';

describe('waiting for a position', () => {
  const hour = 3_600_000;

  it('does not wait for what is there', async () => {
    const gate = new PositionGate({ checkpoint: async () => 5n, timeoutMs: hour, pollMs: hour });
    expect(await gate.reached(5n)).toBe(true);
  });

  it('wakes when the read models of the process move on', async () => {
    const advance = new AdvanceSignal();
    let checkpoint = 4n;
    const gate = new PositionGate({ checkpoint: async () => checkpoint, advance, timeoutMs: hour, pollMs: hour });
    const waiting = gate.reached(6n);
    for (checkpoint of [5n, 6n]) {
      await new Promise((wake) => setTimeout(wake, 5));
      advance.advanced();
    }
    expect(await waiting).toBe(true);
  });

  it('does not miss a move while it looks', async () => {
    const advance = new AdvanceSignal();
    let looks = 0;
    const checkpoint = async (): Promise<bigint> => {
      looks += 1;
      if (looks > 1) return 1n;
      // the database answers the old checkpoint while the new one is being committed
      advance.advanced();
      return 0n;
    };
    const gate = new PositionGate({ checkpoint, advance, timeoutMs: hour, pollMs: hour });
    expect(await gate.reached(1n)).toBe(true);
  });

  it('looks again by itself where nobody rings', async () => {
    let looks = 0n;
    const gate = new PositionGate({ checkpoint: async () => (looks += 1n), timeoutMs: hour, pollMs: 1 });
    expect(await gate.reached(3n)).toBe(true);
  });

  it('gives up after its time', async () => {
    const gate = new PositionGate({ checkpoint: async () => 0n, timeoutMs: 20, pollMs: 1 });
    expect(await gate.reached(1n)).toBe(false);
  });

  it('looks once for all who wait at a time, and tells them all when it cannot', async () => {
    let looks = 0;
    const checkpoint = async (): Promise<bigint> => {
      looks += 1;
      throw new Error('down');
    };
    const gate = new PositionGate({ checkpoint, timeoutMs: hour, pollMs: 1 });
    const outcomes = await Promise.allSettled([gate.reached(1n), gate.reached(2n), gate.reached(3n)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(looks).toBe(1);
  });
});
