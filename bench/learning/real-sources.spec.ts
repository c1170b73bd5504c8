import { learnedBefore, profitOf } from '#testing';
import { type Closes, readCloses, realWorld } from './real-sources.js';

const data = readCloses();
const onRealCloses = data === null ? describe.skip : describe;

onRealCloses('sources on real closes', () => {
  it('know nothing of the future: moving it changes nothing of what was said, learned or believed of risk before', () => {
    const few: Closes = first(data!, 12);
    const world = realWorld(few);
    const step = 40;
    const day = 252 + step * 5;
    const moved = few.closes.map((close, at) =>
      Math.floor(at / 12) > day ? close * (1 + ((at * 7919) % 13) / 10) : close,
    );
    const other = realWorld({ ...few, closes: moved });
    expect(other.claims(step)).toEqual(world.claims(step));
    expect(other.sigma(step)).toEqual(world.sigma(step));
    expect(other.model(step)).toEqual(world.model(step));
    const learned = learnedBefore(world, step);
    expect(learnedBefore(other, step)).toEqual(learned);
    expect(profitOf(other, step - 1, learned.state)).toBe(profitOf(world, step - 1, learned.state));
    // and the future did move
    expect(other.realised(step)).not.toEqual(world.realised(step));
  });
});

function first({ names, closes }: Closes, count: number): Closes {
  const days = closes.length / names.length;
  return {
    names: names.slice(0, count),
    closes: Float64Array.from(
      Array.from({ length: days }, (_, day) =>
        Array.from(closes.subarray(day * names.length, day * names.length + count)),
      ).flat(),
    ),
  };
}
