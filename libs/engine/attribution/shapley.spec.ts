import fc from 'fast-check';
import { given } from '../coordination.fixture.js';
import { solve } from '../solver/index.js';
import { shapley } from './shapley.js';
import { realisedProfitOf, sourceGame, utilityOf } from './source-game.js';

const players = (count: number) => Array.from({ length: count }, (_, i) => `p${i}`);
const total = (values: readonly { readonly value: number }[]) => values.reduce((sum, { value }) => sum + value, 0);

describe('Shapley values', () => {
  it('are those of the glove game', () => {
    // one right glove, two left ones; a pair is worth 1
    const values = shapley(['left1', 'left2', 'right'], (members) =>
      members.includes('right') && members.length > 1 ? 1 : 0,
    );
    expect(values.map(({ value }) => Number(value.toFixed(12)))).toEqual([
      Number((1 / 6).toFixed(12)),
      Number((1 / 6).toFixed(12)),
      Number((2 / 3).toFixed(12)),
    ]);
  });

  it('are efficient, symmetric, and nothing for who adds nothing, exact and sampled', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 6 }),
        fc.array(fc.nat(100), { minLength: 64, maxLength: 64 }),
        (n, table) => {
          // p0 adds nothing; p1 and p2 are alike where there are three
          const worth = (members: readonly string[]) => {
            const twins = members.filter((name) => name === 'p1' || name === 'p2').length;
            const others = members.filter((name) => name > 'p2').map((name) => Number(name.slice(1)) - 3);
            return members.length === 0 ? 0 : table[twins * 8 + others.reduce((bits, i) => bits | (1 << i), 0)]!;
          };
          const none = table[0]!;
          for (const options of [{}, { exactUpTo: 0, blocks: 40 }]) {
            const values = shapley(players(n), (members) => (members.length === 0 ? none : worth(members)), options);
            expect(total(values)).toBeCloseTo(worth(players(n)) - none, 9);
            expect(Math.abs(values[0]!.value)).toBeLessThan(1e-12);
          }
          const exact = shapley(players(n), (members) => (members.length === 0 ? none : worth(members)));
          if (n > 2) expect(exact[1]!.value).toBeCloseTo(exact[2]!.value, 9);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('sampled ones come with error bars that hold the exact ones', () => {
    const worth = (members: readonly string[]) => {
      const sum = members.reduce((all, name) => all + Number(name.slice(1)) + 1, 0);
      return sum > 25 ? sum * sum : sum;
    };
    const exact = shapley(players(10), worth);
    const sampled = shapley(players(10), worth, { exactUpTo: 0, blocks: 60, seed: 7 });
    const scores = sampled.map(({ value, standardError }, i) => Math.abs(value - exact[i]!.value) / standardError);
    expect(Math.max(...sampled.map(({ standardError }) => standardError))).toBeGreaterThan(0);
    expect(Math.max(...scores)).toBeLessThan(4);
    expect(shapley(players(10), worth, { exactUpTo: 0, blocks: 60, seed: 7 })).toEqual(sampled);
  });
});

describe('the sources of a coordination', () => {
  const input = given({
    instruments: [{ id: 'A' }, { id: 'B' }, { id: 'C' }],
    signals: [
      { on: 'A', source: 'good', strength: 1 },
      { on: 'A', source: 'copy', strength: 1 },
      { on: 'B', source: 'bad', strength: 1 },
    ],
  });

  it('share its utility', () => {
    const { players: sources, worth } = sourceGame(input, solve, utilityOf);
    const values = shapley(sources, worth);
    expect(values.map(({ player }) => player)).toEqual(['bad', 'copy', 'good']);
    expect(total(values)).toBeCloseTo(worth(sources) - worth([]), 12);
    expect(values[1]!.value).toBeCloseTo(values[2]!.value, 12);
  });

  it('share its profit: who was wrong pays, and two who said the same are paid once', () => {
    const realised = new Map([
      ['A', 0.05],
      ['B', -0.05],
    ]);
    const { players: sources, worth } = sourceGame(input, solve, realisedProfitOf(realised));
    const [bad, copy, good] = shapley(sources, worth).map(({ value }) => value) as [number, number, number];
    expect(bad).toBeLessThan(0);
    expect(good).toBeGreaterThan(0);
    expect(copy).toBeCloseTo(good, 9);
    // together little more than one of them alone
    expect(copy + good).toBeLessThan(1.5 * worth(['good']));
    expect(bad + copy + good).toBeCloseTo(worth(sources) - worth([]), 12);
  });
});
