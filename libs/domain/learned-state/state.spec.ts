import fc from 'fast-check';
import type { LearnedState } from '#engine';
import { recordLearnedState, toLearnedState } from './state.js';

const source = fc.string({ minLength: 1, maxLength: 5 }).filter((name) => name !== '__proto__');
const unit = fc.double({ min: 0, max: 1, noNaN: true, noDefaultInfinity: true });
const record = <T>(value: fc.Arbitrary<T>) => fc.dictionary(source, value, { maxKeys: 4, noNullPrototype: true });
const state: fc.Arbitrary<LearnedState> = fc
  .record({
    reliability: record(unit),
    regimeMultiplier: record(fc.record({ CALM: unit, STRESSED: unit })),
    errorCorrelation: fc.uniqueArray(fc.record({ a: source, b: source, rho: unit }), {
      selector: ({ a, b }) => JSON.stringify([a, b]),
      maxLength: 4,
    }),
    calibration: fc.option(fc.array(fc.tuple(unit, unit), { minLength: 1, maxLength: 3 }), { nil: undefined }),
    zeta: fc.option(unit, { nil: undefined }),
    halfLifeDays: fc.option(record(unit), { nil: undefined }),
  })
  .map(({ calibration, zeta, halfLifeDays, ...rest }) => ({
    id: 'x',
    ...rest,
    ...(calibration === undefined ? {} : { calibration: { points: calibration } }),
    ...(zeta === undefined ? {} : { zeta }),
    ...(halfLifeDays === undefined ? {} : { halfLifeDays }),
  }));

describe('a learned state', () => {
  it('is the same after it was recorded', () => {
    fc.assert(
      fc.property(state, (given) => {
        const back = toLearnedState({ learned_state_id: 'x', ...recordLearnedState(given) });
        const byNames = (pairs: LearnedState['errorCorrelation']) =>
          [...pairs].sort((x, y) => (JSON.stringify([x.a, x.b]) < JSON.stringify([y.a, y.b]) ? -1 : 1));
        expect({ ...back, errorCorrelation: byNames(back.errorCorrelation) }).toEqual({
          ...given,
          errorCorrelation: byNames(given.errorCorrelation),
        });
      }),
    );
  });

  it('is recorded the same in whatever order it was learned', () => {
    const one: LearnedState = { id: '', reliability: { b: 1, a: 0.5 }, regimeMultiplier: {}, errorCorrelation: [] };
    const other = { ...one, reliability: { a: 0.5, b: 1 } };
    expect(JSON.stringify(recordLearnedState(one))).toBe(JSON.stringify(recordLearnedState(other)));
  });
});
