import fc from 'fast-check';
import { buildUniverse } from '../risk/index.js';
import { given } from '../coordination.fixture.js';
import { riskOf } from '../impact/index.js';
import type { CoordinationInput, ReturnHistory } from '../input.js';
import type { Universe } from '../universe.js';
import { assessImpact, componentVar95, type PortfolioAssessment } from './index.js';

const between = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min: 0, max: 1000 }).map((part) => min + ((max - min) * part) / 1000);

const instrument = fc.record({
  held: fc.integer({ min: -300, max: 1000 }),
  sigma: between(0.003, 0.05),
  adv: fc.constantFrom(1e3, 1e5, 1e8),
  sector: fc.constantFrom('Energy', 'Health', 'Banks'),
  /** daily returns come from here */
  seed: fc.nat({ max: 1e6 }),
});
type Drawn = typeof instrument extends fc.Arbitrary<infer T> ? T : never;
const portfolio = fc.array(instrument, { minLength: 1, maxLength: 12 });

/** long enough for a quantile, with a hole here and there */
function historyOf(instruments: readonly { readonly id: string; readonly seed: number }[]): ReturnHistory {
  const dates = Array.from({ length: 120 }, (_, t) => `2024-${100 + t}`);
  const value = (seed: number, t: number): number | null => {
    const mixed = (seed * 7919 + t * 104_729 + t * t * seed) % 1009;
    return mixed % 97 === 0 ? null : (mixed - 504) / 10_000;
  };
  return {
    dates,
    instruments: instruments.map(({ id }) => id),
    values: dates.map((_, t) => instruments.map(({ seed }) => value(seed, t))),
  };
}

const worldOf = (drawn: readonly Drawn[]): CoordinationInput => {
  const instruments = drawn.map((each, i) => ({ ...each, id: `I${String(i).padStart(2, '0')}` }));
  return given({ instruments, cash: 10_000_000, history: historyOf(instruments) });
};

function universeOf(input: CoordinationInput): Universe {
  const built = buildUniverse(input);
  if (built.kind !== 'UNIVERSE') throw new Error(built.kind);
  return built.universe;
}

function assess(input: CoordinationInput, w: Float64Array): PortfolioAssessment {
  const universe = universeOf(input);
  const weighed = { weights: w, risk: riskOf(universe.risk, w) };
  const basis = { universe, reference: universe.w0, participation: 0.1, history: input.market.history };
  return assessImpact(basis, weighed, weighed).after;
}

const stressOf = ({ stress }: PortfolioAssessment, name: string): number =>
  stress.find((each) => each.name === name)!.return;

describe('the assessment of any portfolio', () => {
  it('has component VaRs that add up to its VaR', () => {
    fc.assert(
      fc.property(portfolio, (drawn) => {
        const { risk, w0 } = universeOf(worldOf(drawn));
        const components = componentVar95(riskOf(risk, w0), w0);
        const total = components.reduce((sum, part) => sum + part, 0);
        expect(total).toBeCloseTo(assess(worldOf(drawn), w0).var95, 14);
      }),
    );
  });

  it('has VaRs, stress and tracking error in proportion to its weights', () => {
    fc.assert(
      fc.property(portfolio, between(0.1, 3), (drawn, scale) => {
        const input = worldOf(drawn);
        const { w0 } = universeOf(input);
        const [once, scaled] = [
          assess(input, w0),
          assess(
            input,
            w0.map((w) => scale * w),
          ),
        ];
        expect(scaled.var95).toBeCloseTo(scale * once.var95, 13);
        expect(scaled.cvar95).toBeCloseTo(scale * once.cvar95, 13);
        expect(scaled.trackingError).toBeCloseTo(Math.abs(scale - 1) * once.volatility, 12);
        expect(scaled.historical?.var95 ?? 0).toBeCloseTo(scale * (once.historical?.var95 ?? 0), 13);
        expect(scaled.historical?.cvar95 ?? 0).toBeCloseTo(scale * (once.historical?.cvar95 ?? 0), 13);
        for (const { name } of once.stress.filter((each) => each.name !== 'worst_week')) {
          expect(stressOf(scaled, name)).toBeCloseTo(scale * stressOf(once, name), 12);
        }
      }),
    );
  });

  it('loses most where everything moves together, and on average more than the quantile beyond it', () => {
    fc.assert(
      fc.property(portfolio, (drawn) => {
        const input = worldOf(drawn);
        const risk = assess(input, universeOf(input).w0);
        expect(-stressOf(risk, 'correlation_one')).toBeGreaterThanOrEqual(risk.var95 * (1 - 1e-12));
        expect(stressOf(risk, 'volatility_doubled')).toBeCloseTo(-2 * risk.var95, 14);
        expect(risk.cvar95).toBeGreaterThanOrEqual(risk.var95);
        if (risk.historical !== undefined) {
          expect(risk.historical.cvar95).toBeGreaterThanOrEqual(risk.historical.var95 - 1e-15);
          expect(risk.historical.days + risk.historical.daysLeftOut).toBe(120);
        }
      }),
    );
  });

  it('is the same for the same instruments under other names, but for rounding', () => {
    fc.assert(
      fc.property(portfolio, (drawn) => {
        const input = worldOf(drawn);
        const turned = worldOf([...drawn].reverse());
        const [one, other] = [assess(input, universeOf(input).w0), assess(turned, universeOf(turned).w0)];
        expect(other.stress.map(({ name }) => name)).toEqual(one.stress.map(({ name }) => name));
        one.stress.forEach((each, s) => expect(other.stress[s]!.return).toBeCloseTo(each.return, 13));
        expect(other.var95).toBeCloseTo(one.var95, 14);
        expect(other.historical?.cvar95 ?? 0).toBeCloseTo(one.historical?.cvar95 ?? 0, 13);
        expect(other.soldInOneDay).toBeCloseTo(one.soldInOneDay, 13);
        expect(other.daysToLiquidate).toBeCloseTo(one.daysToLiquidate, 10);
      }),
    );
  });
});
