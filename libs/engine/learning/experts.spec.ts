import fc from 'fast-check';
import { SeededRandom } from '../numerics/index.js';
import { SleepingExperts } from './experts.js';

const NAMES = ['a', 'b', 'c', 'd'];

/** Plays rounds whose losses come `delay` rounds later. */
function play(
  rounds: number,
  delay: number,
  losses: (t: number) => readonly number[],
  awake: (t: number) => readonly number[],
) {
  const experts = new SleepingExperts(NAMES);
  const learn = (t: number) =>
    experts.learn(
      `${t}`,
      awake(t).map((i) => losses(t)[i]!),
    );
  const weights: (readonly number[])[] = [];
  for (let t = 0; t < rounds; t++) {
    weights.push(
      experts.weigh(
        `${t}`,
        awake(t).map((i) => NAMES[i]!),
      ),
    );
    if (t >= delay) learn(t - delay);
  }
  for (let t = Math.max(0, rounds - delay); t < rounds; t++) learn(t);
  return { report: experts.report(), weights };
}

describe('sleeping experts', () => {
  it('never regret more than the bound, whatever the losses, the sleep and the delay', () => {
    fc.assert(
      fc.property(
        fc.nat(1e6),
        fc.integer({ min: 1, max: 120 }),
        fc.nat(7),
        fc.boolean(),
        (seed, rounds, delay, binary) => {
          const random = new SeededRandom(seed);
          const table = Array.from({ length: rounds }, () =>
            NAMES.map(() => (binary ? random.integer(2) : random.uniform())),
          );
          const sleep = Array.from({ length: rounds }, () => {
            const awake = NAMES.map((_, i) => i).filter(() => random.uniform() < 0.6);
            return awake.length > 0 ? awake : [random.integer(4)];
          });
          const { report, weights } = play(
            rounds,
            delay,
            (t) => table[t]!,
            (t) => sleep[t]!,
          );
          for (const { regret } of report.experts) expect(regret).toBeLessThanOrEqual(report.regretBound);
          expect(report.rounds).toBe(rounds);
          weights.forEach((each) => expect(each.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 12));
        },
      ),
      { numRuns: 80 },
    );
  });

  it('find the best one, and another where it sleeps', () => {
    const random = new SeededRandom(5);
    const means = [0.3, 0.45, 0.5, 0.6];
    const table = Array.from({ length: 1200 }, () => means.map((mean) => (random.uniform() < mean ? 1 : 0)));
    const awake = (t: number) => (t % 3 === 2 ? [1, 2, 3] : [0, 1, 2, 3]);
    const { report, weights } = play(1200, 4, (t) => table[t]!, awake);
    expect(weights[1198]![0]).toBeGreaterThan(0.9);
    expect(weights[1199]![0]).toBeGreaterThan(0.5);
    expect(report.copies).toBeLessThanOrEqual(5);
    expect(report.regretBound).toBeLessThan(0.25 * 1200);
  });

  it('refuse losses that they did not ask for', () => {
    const experts = new SleepingExperts(NAMES);
    experts.weigh('1', ['a', 'b']);
    expect(() => experts.weigh('1', ['a'])).toThrow('open already');
    expect(() => experts.learn('2', [0])).toThrow('not open');
    expect(() => experts.learn('1', [0])).toThrow('one loss');
    expect(() => experts.learn('1', [0, NaN])).toThrow('one loss');
    expect(() => experts.weigh('3', [])).toThrow('nobody');
    expect(() => experts.weigh('3', ['z'])).toThrow('no expert');
  });
});
