import fc from 'fast-check';
import { optimalTrajectory, type TrajectoryProblem } from './trajectory.js';

/** Equal periods of one day's length in all. */
function equalPeriods(
  exponent: 1.5 | 2,
  count: number,
  { impact = 1, risk = 0, drift = 0, cap = Infinity },
): TrajectoryProblem {
  const tau = 1 / count;
  const column = (value: number): Float64Array => new Float64Array(count).fill(value);
  return {
    exponent,
    // eta tau (n / tau)^p
    impact: column(exponent === 2 ? impact / tau : impact / Math.sqrt(tau)),
    risk: column(risk * tau),
    drift: column(drift * tau),
    caps: column(cap),
  };
}

function left(shares: Float64Array): number[] {
  let rest = 1;
  return Array.from(shares, (share) => (rest -= share));
}

function cost({ exponent, impact, risk, drift }: TrajectoryProblem, shares: ArrayLike<number>): number {
  let [sum, rest] = [0, 1];
  for (let s = 0; s < impact.length; s += 1) {
    rest -= shares[s]!;
    sum += impact[s]! * Math.pow(shares[s]!, exponent) + risk[s]! * rest * rest + drift[s]! * rest;
  }
  return sum;
}

describe('the optimal trajectory', () => {
  it.each([0.3, 1, 3, 10, 30])('with linear impact is that of Almgren and Chriss, kappa T = %d', (kappa) => {
    // their equations 17 and 18: x_j = sinh(kappa (T - t_j)) / sinh(kappa T), 2 (cosh(kappa tau) - 1) = tau^2 lambda sigma^2 / eta
    const count = 13;
    const risk = 2 * (Math.cosh(kappa / count) - 1) * count * count;
    left(optimalTrajectory(equalPeriods(2, count, { risk }))).forEach((rest, j) => {
      expect(rest).toBeCloseTo(Math.sinh((kappa * (count - j - 1)) / count) / Math.sinh(kappa), 8);
    });
  });

  it('with square-root impact and time enough is that of Almgren 2003, x = (1 + t / 3T*)^-3', () => {
    const [count, risk] = [8000, 1012];
    const rate = Math.cbrt(2 * risk * (2 * risk)); // 1 / T* = (2 lambda sigma^2 / eta)^(2/3), T* of 50 periods
    const rests = left(optimalTrajectory(equalPeriods(1.5, count, { risk })));
    for (const periods of [25, 50, 100, 400]) {
      const x = 1 / (1 + (rate * periods) / count / 3) ** 3;
      expect(Math.abs(rests[periods - 1]! / x - 1)).toBeLessThan(0.015);
    }
  });

  it.each([1.5, 2] as const)('without risk is a straight line (p = %d)', (exponent) => {
    left(optimalTrajectory(equalPeriods(exponent, 4, {}))).forEach((rest, j) => {
      expect(rest).toBeCloseTo(1 - (j + 1) / 4, 9);
    });
  });

  it('without risk follows the volume', () => {
    const volumes = [4, 1, 1, 2, 5];
    const impact = Float64Array.from(volumes, (volume) => 1 / Math.sqrt(volume));
    const none = new Float64Array(5);
    const shares = optimalTrajectory({
      exponent: 1.5,
      impact,
      risk: none,
      drift: none,
      caps: none.map(() => Infinity),
    });
    volumes.forEach((volume, s) => expect(shares[s]).toBeCloseTo(volume / 13, 9));
  });

  it('is cut at the caps, and is the caps where they are not enough', () => {
    const capped = optimalTrajectory(equalPeriods(1.5, 10, { risk: 1000, cap: 0.15 }));
    expect(capped[0]).toBe(0.15);
    expect(capped.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(Array.from(optimalTrajectory(equalPeriods(1.5, 4, { cap: 0.1 })))).toEqual([0.1, 0.1, 0.1, 0.1]);
  });

  it('is sooner where the expected return fades', () => {
    const [patient, hasty] = [0, 5].map((drift) => left(optimalTrajectory(equalPeriods(1.5, 13, { drift })))[3]!);
    expect(hasty).toBeLessThan(patient! - 0.1);
  });

  it('costs no more than any other within the same caps', () => {
    const positive = fc.integer({ min: 1, max: 1000 });
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ impact: positive, risk: fc.nat(1000), drift: fc.nat(1000), cap: positive, other: positive }),
          {
            minLength: 2,
            maxLength: 12,
          },
        ),
        fc.constantFrom(1.5 as const, 2 as const),
        (slots, exponent) => {
          const column = (pick: (slot: (typeof slots)[number]) => number): Float64Array =>
            Float64Array.from(slots, pick);
          const caps = column(({ cap }) => 0.3 + cap / 1000);
          const problem: TrajectoryProblem = {
            exponent,
            impact: column(({ impact }) => impact),
            risk: column(({ risk }) => 10 * risk),
            drift: column(({ drift }) => drift),
            caps,
          };
          fc.pre(caps.reduce((sum, cap) => sum + cap, 0) > 1);
          const best = optimalTrajectory(problem);
          best.forEach((share, s) => expect(share).toBeLessThanOrEqual(caps[s]!));
          expect(best.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
          // toward any other path within the caps the cost rises
          const total = slots.reduce((sum, { other }) => sum + other, 0);
          const other = slots.map(({ other: part }) => part / total);
          fc.pre(other.every((share, s) => share <= caps[s]!));
          for (const step of [1, 0.1, 0.001]) {
            const moved = other.map((share, s) => best[s]! + step * (share - best[s]!));
            expect(cost(problem, moved)).toBeGreaterThanOrEqual(cost(problem, best) * (1 - 1e-8));
          }
        },
      ),
      { numRuns: 300, seed: 5 },
    );
  });
});
