import { randomProblem, RandomStream } from '#testing';
import { DualState } from './dual-state.js';
import { noProximal } from './measure.js';
import { prepare } from './prepare.js';
import { restrictTo } from './working-set.js';

const SEEDS = Array.from({ length: 100 }, (_, seed) => seed);

describe('restrictTo', () => {
  it('leaves the dual function as it is where the others stay', () => {
    for (const seed of SEEDS) {
      const p = prepare(randomProblem(seed, { n: 30 }));
      const random = new RandomStream(seed);
      const factors = Float64Array.from({ length: p.k }, () => random.normal());
      const prices = p.caps.map((cap) => (cap > 0 ? random.uniform() : 0));
      const whole = new DualState(p, { factors, prices }, noProximal(p));
      const members = p.everyone.filter(() => random.chance(0.4));
      const part = restrictTo(p, whole.value.response, members);
      const { value } = new DualState(part, { factors, prices }, noProximal(part));
      members.forEach((i, at) => expect(value.response.w[at]).toBe(whole.value.response.w[i]));
      const close = (values: Float64Array) => Array.from(values, (each) => expect.closeTo(each, 11) as number);
      expect(Array.from(value.exposures)).toEqual(close(whole.value.exposures));
      expect(Array.from(value.gradient.factors)).toEqual(close(whole.value.gradient.factors));
      expect(Array.from(value.gradient.prices)).toEqual(close(whole.value.gradient.prices));
    }
  });
});
