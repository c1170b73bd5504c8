import { LogFollower } from './log-follower.js';

const pause = (milliseconds: number): Promise<void> => new Promise((wake) => setTimeout(wake, milliseconds));
/** However slow the machine is. */
const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await pause(1);
};
const failures: unknown[] = [];
const options = {
  pollIntervalMs: 60_000,
  failureDelayMs: 1,
  failureDelayMaxMs: 4,
  onFailure: (error: unknown) => void failures.push(error),
};
beforeEach(() => void (failures.length = 0));

describe('following the log', () => {
  it('steps as long as there is more, then waits to be rung', async () => {
    let left = 3;
    let steps = 0;
    const follower = new LogFollower(async () => {
      steps += 1;
      left -= 1;
      return left > 0;
    }, options);
    follower.start();
    await until(() => steps === 3);
    await pause(20);
    expect(steps).toBe(3);
    follower.ring();
    await until(() => steps === 4);
    await pause(20);
    expect(steps).toBe(4);
    await follower.stop();
  });

  it('does not lose a ring during a step', async () => {
    let steps = 0;
    const follower: LogFollower = new LogFollower(async () => {
      steps += 1;
      if (steps === 1) follower.ring();
      return false;
    }, options);
    follower.start();
    await until(() => steps >= 2);
    await pause(20);
    expect(steps).toBe(2);
    await follower.stop();
  });

  it('looks again after the poll interval without a ring', async () => {
    let steps = 0;
    const step = async () => {
      steps += 1;
      return false;
    };
    const follower = new LogFollower(step, { ...options, pollIntervalMs: 5 });
    follower.start();
    await until(() => steps > 2);
    await follower.stop();
  });

  it('goes on after failures and says how many there were in a row', async () => {
    let steps = 0;
    const follower = new LogFollower(async () => {
      steps += 1;
      if (steps < 4) throw new Error(`failure ${steps}`);
      return false;
    }, options);
    follower.start();
    await until(() => failures.length === 3 && follower.failing === 0);
    expect(failures.map(String)).toEqual(['Error: failure 1', 'Error: failure 2', 'Error: failure 3']);
    expect(follower.failing).toBe(0);
    await follower.stop();
  });

  it('stops when the running step has ended, and at once while it waits after a failure', async () => {
    let ended = false;
    const slow = new LogFollower(async () => {
      await pause(30);
      ended = true;
      return true;
    }, options);
    slow.start();
    await slow.stop();
    expect(ended).toBe(true);

    const patient = { ...options, failureDelayMs: 60_000, failureDelayMaxMs: 60_000 };
    const failing = new LogFollower(() => Promise.reject(new Error('down')), patient);
    failing.start();
    await pause(5);
    expect(failing.failing).toBe(1);
    await failing.stop();
  });
});
