import { coordinate } from '../coordinate.js';
import { DAY_MS, given, NOW } from '../coordination.fixture.js';
import type { CoordinationInput, LearnedState } from '../input.js';
import type { CoordinationResult } from '../result.js';
import { solve } from '../solver/index.js';
import { calibrated } from './calibrated.js';

const input = given({
  instruments: [{ id: 'A' }, { id: 'B', held: 100 }],
  signals: [
    { on: 'A', source: 'x', generatedAt: NOW - 2 * DAY_MS },
    { on: 'B', source: 'y', action: 'SELL' },
  ],
});

function answer(learned: Partial<LearnedState>): CoordinationResult {
  const changed: CoordinationInput = { ...input, learned: { ...input.learned, ...learned } };
  const result = coordinate(changed, solve);
  if ('invalid' in result) throw new Error(result.invalid.kind);
  return result;
}

const bytes = (learned: Partial<LearnedState>): string => JSON.stringify(answer(learned));
const alphaOn = (id: string, result: CoordinationResult): number =>
  result.contributions.find(({ instrumentId }) => instrumentId === id)!.alpha;

describe('what else was learned', () => {
  it('changes nothing where it is absent, or says what the model says without it', () => {
    const today = bytes({});
    expect(bytes({ zeta: 0.5 })).toBe(today);
    expect(bytes({ halfLifeDays: {} })).toBe(today);
    expect(bytes({ halfLifeDays: { x: 2.5, other: 1 } })).toBe(today);
    expect(bytes({ calibration: { points: [] } })).toBe(today);
    expect(bytes({ calibration: { points: [[0, 0], [1, 1]] } })).toBe(today); // prettier-ignore
  });

  it('scales the views', () => {
    expect(alphaOn('B', answer({ zeta: 0.25 }))).toBeLessThan(0);
    expect(alphaOn('B', answer({ zeta: 0.25 })) / alphaOn('B', answer({}))).toBeCloseTo(0.5, 12);
  });

  it('ages the signals of a source that states no half-life', () => {
    expect(answer({ halfLifeDays: { x: 1 } }).contributions[0]!.kappa).toBeCloseTo(
      answer({ halfLifeDays: { x: 2 } }).contributions[0]!.kappa / 2,
      12,
    );
    expect(answer({ halfLifeDays: { x: 0.4 } }).rejectedSignals.map(({ code }) => code)).toContain('EXPIRED');
  });

  it('says the confidence that decisions have earned, and trades the same', () => {
    const [plain, learned] = [answer({}), answer({ calibration: { points: [[0.5, 0.5], [1, 0.6]] } })]; // prettier-ignore
    const quantities = (result: CoordinationResult) => result.decisions.map(({ quantity }) => quantity);
    expect(quantities(learned)).toEqual(quantities(plain));
    plain.decisions.forEach(({ confidence }, i) => {
      expect(learned.decisions[i]!.confidence).toBeCloseTo(0.5 + 0.2 * (confidence - 0.5), 12);
    });
  });

  it('maps piecewise: constant beyond the ends, steps where two points share their place', () => {
    const points = [[0.5, 0.4], [0.6, 0.5], [0.6, 0.7], [0.8, 0.9]] as const; // prettier-ignore
    expect([0.1, 0.55, 0.6, 0.7, 0.99].map((said) => Number(calibrated(said, points).toFixed(12)))).toEqual([
      0.4, 0.45, 0.5, 0.8, 0.9,
    ]);
  });
});
