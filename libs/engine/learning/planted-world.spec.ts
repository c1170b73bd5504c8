import { ARMS, type Arm, LUCKY_STEPS, learnedBefore, plantedWorld, profitOf, turnsAt, walkForward } from '#testing';
import { judgeChallenger } from './promotion.js';

const STEPS = 100;
/** enough instruments for the skills to show */
const wide = plantedWorld(2, 48, STEPS);
/** few, to be coordinated step by step */
const world = plantedWorld(2, 14, STEPS);
const forward = walkForward(world, { warmUp: 66 });

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const reliabilityAt = (step: number): Readonly<Record<string, number>> => learnedBefore(wide, step).state.reliability;

describe('in a world whose sources have known skill', () => {
  it('reliabilities rank them rightly', () => {
    const { strong, medium, noise, lucky } = reliabilityAt(turnsAt(STEPS)) as Record<string, number>;
    expect(strong!).toBeGreaterThan(medium!);
    expect(medium!).toBeGreaterThan(Math.max(noise!, lucky!));
  });

  it('a copy is found and not counted twice', () => {
    const { state } = learnedBefore(wide, STEPS);
    const rho = state.errorCorrelation.find(({ a, b }) => a === 'copy' && b === 'strong')!.rho;
    expect(rho).toBeGreaterThan(0.75);
    const others = state.errorCorrelation.filter(({ a, b }) => !(a === 'copy' && b === 'strong'));
    expect(Math.max(...others.map((pair) => pair.rho))).toBeLessThan(0.25);
  });

  it('one that turns bad has lost half of its reliability after one half-life, and nearly all after two', () => {
    const halfLifeSteps = Math.ceil(63 / world.horizonDays);
    const [before, after, later] = [0, halfLifeSteps, 2 * halfLifeSteps].map(
      (steps) => reliabilityAt(turnsAt(STEPS) + steps)['turning']!,
    ) as [number, number, number];
    expect(before).toBeGreaterThan(0.2);
    expect(after).toBeLessThan(before / 2);
    expect(later).toBeLessThan(0.05);
  });

  it('one that was lucky is not promoted', () => {
    const lucky = learnedBefore(world, LUCKY_STEPS + 1).state;
    const trusting = { ...lucky, reliability: { ...lucky.reliability, lucky: 1 } };
    const differences = Array.from({ length: 24 }, (_, i) => {
      const step = LUCKY_STEPS + 1 + i;
      return profitOf(world, step, trusting) - profitOf(world, step, lucky);
    });
    expect(judgeChallenger({ differences, overlap: 1, look: 1, challengers: 1 }).verdict).toBe('KEEP');
  });

  it('the coordinated profit beats equal weights and the best single source, and no one earns what the clairvoyant does', () => {
    const profit = (arm: Arm): number => mean(forward.profit[arm]);
    expect(profit('learned')).toBeGreaterThan(profit('equal'));
    expect(profit('learned')).toBeGreaterThan(profit('best-single'));
    for (const arm of ARMS) {
      forward.profit[arm].forEach((value, t) => expect(value).toBeLessThanOrEqual(forward.clairvoyant[t]!));
    }
  });

  it('moving the future changes nothing of the past', () => {
    const other = plantedWorld(99, 14, STEPS);
    const moved = {
      ...world,
      claims: (step: number) => (step < 70 ? world : other).claims(step),
      realised: (step: number) => (step < 70 ? world : other).realised(step),
    };
    const again = walkForward({ ...moved, steps: 71 }, { warmUp: 68 });
    expect(again.learned).toEqual(forward.learned.slice(2, 5));
    for (const arm of ARMS) expect(again.profit[arm].slice(0, 2)).toEqual(forward.profit[arm].slice(2, 4));
    expect(again.profit.learned[2]).not.toBe(forward.profit.learned[4]);
  });
});
