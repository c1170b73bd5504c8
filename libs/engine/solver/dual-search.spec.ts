import { randomProblem, RandomStream } from '#testing';
import { DualSearch } from './dual-search.js';
import { DualState } from './dual-state.js';
import type { DualPoint } from './dual.js';
import { noProximal } from './measure.js';
import { prepare } from './prepare.js';
import { INVESTED_MAX, type PreparedProblem } from './prepared-problem.js';

const SEEDS = Array.from({ length: 100 }, (_, seed) => seed);

function randomPoint({ k, caps }: PreparedProblem, random: RandomStream): DualPoint {
  return {
    factors: Float64Array.from({ length: k }, () => random.normal()),
    prices: caps.map((cap) => (cap > 0 ? random.uniform() : 0)),
  };
}

describe('DualSearch', () => {
  it('finds the same derivative between two points when it leaves out the instruments that rest at both', () => {
    for (const seed of SEEDS) {
      const p = prepare(randomProblem(seed, { n: 30 }));
      const random = new RandomStream(seed);
      const state = new DualState(p, randomPoint(p, random), noProximal(p));
      const search = new DualSearch(state);
      const { factors, prices } = randomPoint(p, random);
      search.step.factors.set(factors);
      search.step.prices.set(prices);
      search.aim();
      const whole = search.derivative(0.3);
      search.derivative(1);
      search.narrow();
      expect(search.derivative(0.3)).toBeCloseTo(whole, 11);
    }
  });

  it('stands after a move where a new search at the point would', () => {
    for (const seed of SEEDS) {
      const p = prepare(randomProblem(seed, { n: 30 }));
      const random = new RandomStream(seed);
      const state = new DualState(p, randomPoint(p, random), noProximal(p));
      const search = new DualSearch(state);
      const { factors, prices } = randomPoint(p, random);
      search.step.factors.set(factors);
      search.step.prices.set(prices);
      search.aim();
      search.derivative(1);
      search.narrow();
      search.move(0.4);
      const { factors: at, prices: charged } = state.point;
      const fresh = new DualState(p, { factors: at.slice(), prices: charged.slice() }, noProximal(p));
      const close = (values: Float64Array) => Array.from(values, (value) => expect.closeTo(value, 9) as number);
      expect(Array.from(state.value.response.w)).toEqual(close(fresh.value.response.w));
      expect(Array.from(state.value.gradient.prices)).toEqual(close(fresh.value.gradient.prices));
      expect(Array.from(state.value.gradient.factors)).toEqual(close(fresh.value.gradient.factors));
    }
  });

  it('averages the response over a window from its ends', () => {
    for (const seed of SEEDS) {
      const { paid_costs: _, ...problem } = randomProblem(seed, { n: 30 });
      const p = prepare(problem);
      const middle = randomPoint(p, new RandomStream(seed));
      const shifted = (by: number) => {
        const prices = middle.prices.slice();
        prices[INVESTED_MAX]! += by;
        return new DualState(p, { factors: middle.factors.slice(), prices }, noProximal(p)).value.response;
      };
      const width = 0.1;
      const [below, above] = [shifted(-width), shifted(width)];
      const average = new DualState(p, middle, noProximal(p)).averagedOver(width);
      for (let i = 0; i < p.n; i += 1) {
        expect(average.w[i]).toBeCloseTo((below.w[i]! + above.w[i]!) / 2, 12);
        expect(average.compliance[i]).toBeCloseTo((below.w[i]! - above.w[i]!) / (2 * width), 11);
      }
    }
  });
});
