import { coordinationCompleted, RecordedLog } from '#testing';
import { LogWindow } from './log-window.js';

describe('the window on the log', () => {
  const events = Array.from({ length: 6 }, (_, index) => coordinationCompleted({ position: BigInt(index + 1) }));

  it('reads an event once, and what it does not remember from the log', async () => {
    const log = new RecordedLog(events);
    const reads: bigint[] = [];
    const read = log.readLog.bind(log);
    log.readLog = (after, limit) => {
      reads.push(after);
      return read(after, limit);
    };
    const window = new LogWindow(log);
    const positions = async (after: bigint, limit: number) =>
      (await window.readLog(after, limit)).map(({ position }) => Number(position));
    expect(await positions(0n, 4)).toEqual([1, 2, 3, 4]);
    expect(await positions(0n, 2)).toEqual([1, 2]);
    expect(await positions(2n, 4)).toEqual([3, 4]);
    expect(reads).toEqual([0n]);
    expect(await positions(4n, 4)).toEqual([5, 6]);
    expect(await positions(3n, 1)).toEqual([4]);
    expect(await positions(6n, 4)).toEqual([]);
    expect(reads).toEqual([0n, 4n, 3n, 6n]);
  });
});
