import { coordinate } from '../coordinate.js';
import { given, type GivenCoordination } from '../coordination.fixture.js';
import { correlationWithRest, riskOf } from '../impact/index.js';
import { buildUniverse } from '../risk/index.js';
import { solve } from '../solver/index.js';

const world: GivenCoordination = {
  instruments: [
    { id: 'A', sigma: 0.02 },
    { id: 'B', held: 1000 },
    { id: 'C', held: 1000 },
    { id: 'D', sigma: 0.012 },
  ],
  signals: [
    { on: 'A', strength: 1 },
    { on: 'D', strength: 1 },
    { on: 'B', strength: 1 },
  ],
  common: 0.5,
};

function bought(parameters: GivenCoordination['parameters']): string[] {
  const result = coordinate(given({ ...world, ...(parameters ? { parameters } : {}) }), solve);
  if ('invalid' in result) throw new Error(result.invalid.kind);
  return result.decisions.filter(({ action }) => action === 'BUY').map(({ instrumentId }) => instrumentId);
}

describe('given a correlation threshold', () => {
  it('positions that correlate less are made larger', () => {
    expect(bought({ correlationThreshold: 0.9 }).sort()).toEqual(['A', 'B', 'D']);
  });

  it('no position that correlates more is', () => {
    const correlations = correlationsAfter(0.9);
    const threshold = (Math.min(...correlations) + Math.max(...correlations)) / 2;
    const allowed = bought({ correlationThreshold: threshold });
    expect(allowed.length).toBeGreaterThan(0);
    expect(allowed.length).toBeLessThan(3);
  });

  it('ends with everything held where each correlates more', () => {
    expect(bought({ correlationThreshold: 0.05 })).toEqual([]);
  });
});

/** Of A, B and D with the rest, in the portfolio that a threshold leaves. */
function correlationsAfter(correlationThreshold: number): number[] {
  const input = given({ ...world, parameters: { correlationThreshold } });
  const built = buildUniverse(input);
  const result = coordinate(input, solve);
  if (built.kind !== 'UNIVERSE' || 'invalid' in result) throw new Error('invalid');
  const { universe } = built;
  const w = universe.w0.slice();
  for (const { instrumentId, impact } of result.decisions)
    w[universe.index.get(instrumentId)!]! += impact.positionChange;
  const portfolio = riskOf(universe.risk, w);
  return ['A', 'B', 'D'].map((id) => correlationWithRest(universe.risk, portfolio, w, universe.index.get(id)!));
}
