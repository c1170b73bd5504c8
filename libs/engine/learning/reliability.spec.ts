import { SeededRandom } from '../numerics/index.js';
import { learnErrorCorrelations } from './error-correlation.js';
import { knownBy, type Observation } from './observation.js';
import { learnReliability } from './reliability.js';
import { shrinkTowardMean } from './shrinkage.js';

/** A source whose claims of +-0.8 are worth `skill` of what they say: realised = skill 0.5 claim + noise. */
function observe(source: string, skill: (day: number) => number, seed: number, days = 300): Observation[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: days * 10 }, (_, at): Observation => {
    const day = Math.floor(at / 10);
    const claim = random.uniform() < 0.5 ? 0.8 : -0.8;
    const realised = skill(day) * 0.5 * claim + random.normal();
    const regime = day % 30 < 15 ? 'CALM' : 'STRESSED';
    return { source, instrumentId: `I${at % 10}`, day, horizonDays: 5, claim, realised, regime };
  });
}

const learned = (observations: readonly Observation[], day: number) =>
  Object.fromEntries(learnReliability(knownBy(observations, day), day).map((each) => [each.source, each]));

describe('the reliability of sources', () => {
  it('is the share of what they claim that comes, and nothing where nothing comes', () => {
    const half = learned(
      observe('half', () => 0.5, 1, 600),
      650,
    );
    expect(Math.abs(half['half']!.reliability - 0.5)).toBeLessThan(0.2);
    const sources = learned(
      [...observe('good', () => 0.8, 1), ...observe('none', () => 0, 2), ...observe('wrong', () => -0.5, 3)],
      310,
    );
    expect(sources['good']!.reliability).toBeGreaterThan(0.5);
    expect(sources['none']!.reliability).toBeLessThan(0.3);
    expect(sources['wrong']!.reliability).toBe(0);
  });

  it('forgets one that has turned', () => {
    const all = [...observe('turned', (day) => (day < 150 ? 0.9 : -0.3), 4), ...observe('good', () => 0.8, 5)];
    expect(learned(all, 150)['turned']!.reliability).toBeGreaterThan(0.5);
    expect(learned(all, 300)['turned']!.reliability).toBeLessThan(0.25);
  });

  it('stays near the prior where a source has hardly spoken, and is the prior where nobody has', () => {
    const few = learned(
      observe('new', () => 3, 6, 3),
      20,
    );
    expect(few['new']).toMatchObject({ raw: null, kept: 0, reliability: 0.5 });
    expect(learnReliability([], 10)).toEqual([]);
    const one: Observation = {
      source: 's',
      instrumentId: 'A',
      day: 1,
      horizonDays: 5,
      claim: 0.8,
      realised: 2,
      regime: 'CALM',
    };
    expect(learned([one], 10)['s']!.reliability).toBe(0.5);
  });

  it('learns nothing of claims of nothing, missing returns, or what is not known yet', () => {
    const good = observe('good', () => 0.8, 1);
    const silent = { ...good[0]!, source: 'silent', claim: 0 };
    expect(learned([...good, silent], 310)['silent']).toMatchObject({ raw: null, informationCoefficient: null });
    const missing = { ...good[0]!, realised: NaN };
    expect(learned([...good, missing], 200)).toEqual(learned(good, 200));
    const future = good.map((each) => (each.day + 5 > 200 ? { ...each, realised: -99 } : each));
    expect(learned(future, 200)).toEqual(learned(good, 200));
  });

  it('is the same in any order of what was observed', () => {
    const all = [...observe('a', () => 0.8, 1, 60), ...observe('b', () => 0, 2, 60)];
    expect(learned([...all].reverse(), 70)).toEqual(learned(all, 70));
    const known = knownBy(all, 70);
    expect(learnErrorCorrelations([...known].reverse(), 70)).toEqual(learnErrorCorrelations(known, 70));
  });

  it('is another one in a regime in which the source is better', () => {
    const calm = observe('calm', (day) => (day % 30 < 15 ? 1.2 : 0), 8, 600);
    const { CALM, STRESSED } = learned(calm, 610)['calm']!.regimeMultiplier;
    expect(CALM!).toBeGreaterThan(1.1);
    expect(STRESSED!).toBeLessThan(0.9);
  });

  it('believes the luckiest of many least', () => {
    // twenty estimates of nothing: the spread is that of their errors
    const random = new SeededRandom(9);
    const estimates = Array.from({ length: 20 }, () => ({ value: 0.3 * random.normal(), variance: 0.09 }));
    const luckiest = Math.max(...estimates.map(({ value }) => value));
    const shrunk = shrinkTowardMean(estimates, { value: 0, variance: 0.0625 });
    expect(luckiest).toBeGreaterThan(0.4);
    expect(Math.max(...shrunk.map(({ value }) => value))).toBeLessThan(0.4 * luckiest);
  });
});

describe('the error correlation of two sources', () => {
  const first = observe('first', () => 0.8, 1);

  it('is near 1 for a copy, near 0 for one of its own mind, and the prior where they never met', () => {
    const copy = first.map((each) => ({ ...each, source: 'copy' }));
    // its own claims on the same subjects and the same returns
    const random = new SeededRandom(77);
    const other = first.map((each) => ({ ...each, source: 'other', claim: random.uniform() < 0.5 ? 0.8 : -0.8 }));
    const elsewhere = first.map((each) => ({ ...each, source: 'stranger', instrumentId: 'Z' }));
    const rho = Object.fromEntries(
      learnErrorCorrelations([...first, ...copy, ...other, ...elsewhere], 310).map(({ a, b, rho }) => [
        `${a} ${b}`,
        rho,
      ]),
    );
    expect(rho['copy first']).toBeGreaterThan(0.9);
    expect(rho['first other']).toBeLessThan(0.1);
    expect(rho).not.toHaveProperty('first stranger');
  });

  it('keeps to the prior for the little that was seen', () => {
    const two = first.slice(0, 2);
    const [pair] = learnErrorCorrelations([...two, ...two.map((each) => ({ ...each, source: 'copy' }))], 310);
    expect(pair!.rho).toBeCloseTo((2 + 20) / 102, 3);
  });
});
