import { standardised, strongestOpinions } from './opinions.js';

describe('the strongest opinions', () => {
  it('are the largest scores either way, ties by place, missing ones none', () => {
    const held = [true, true, true, true];
    expect(strongestOpinions([1, -2, NaN, 2], held, 3)).toEqual([
      { instrument: 1, score: -2 },
      { instrument: 3, score: 2 },
      { instrument: 0, score: 1 },
    ]);
  });

  it('are bearish mostly on what is held', () => {
    const scores = Array.from({ length: 20 }, (_, i) => -(20 - i));
    const chosen = strongestOpinions(
      scores,
      scores.map((_, i) => i === 5),
      20,
    );
    expect(chosen.map((opinion) => opinion.instrument)).toEqual([0, 5, 9, 17]);
  });
});

describe('standardised', () => {
  it('has mean 0 and variance 1 over what is known', () => {
    expect(standardised([1, NaN, 3])).toEqual([-1, NaN, 1]);
    expect(standardised([2, 2])).toEqual([0, 0]);
  });
});
