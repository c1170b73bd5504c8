import { createReferenceSolver } from '#reference-solver';
import { readSharedRequest, sharedRequestNames } from '#testing';
import { evaluateUtility } from '../certificate/index.js';
import { buildUniverse } from '../risk/index.js';
import { synthesise } from '../signals/index.js';
import type { Optimiser } from '../solver/problem.js';
import { choosePortfolio } from './choose-portfolio.js';
import { mandateOf } from './mandate.js';

const names = sharedRequestNames();
// jest has no empty tables: without the shared folder this shows as one skipped test
const cases = names.length > 0 ? it.each(names) : it.skip.each(['(shared requests absent)']);
/** basis points that whole lots may cost: an account of $25,000 cannot come as close */
const tolerance = (name: string): number => (name === 'p-small-account' ? 1 : 0.02);

describe('real requests', () => {
  let optimiser: Optimiser;
  beforeAll(async () => {
    optimiser = await createReferenceSolver();
  });

  cases('%s: whole lots within every limit reach the separately computed utility', (name) => {
    const { input, instruments, expected } = readSharedRequest(name);
    const built = buildUniverse(input);
    if (built.kind !== 'UNIVERSE') throw new Error(built.kind);
    const { universe } = built;
    const mandate = mandateOf(input, universe, synthesise(input, universe));
    for (const [i, id] of universe.ids.entries()) {
      const there = instruments.indexOf(id);
      expect(mandate.costLinear[i]).toBeCloseTo(expected.c[there]!, 12);
      expect(mandate.costImpact[i]).toBeCloseTo(expected.k[there]!, 12);
      expect(mandate.reference[i]).toBeCloseTo(expected.b[there]!, 12);
    }
    expect(mandate.broken.length > 0).toBe(expected.broken);
    const choice = choosePortfolio(mandate, optimiser);

    const utility = 1e4 * evaluateUtility(choice.problem, [...choice.weights]).total;
    expect(choice.check.refusals).toEqual([]);
    expect(choice.check.allHold).toBe(true);
    expect(utility).toBeGreaterThan(expected.value - tolerance(name));
    expect(utility).toBeLessThanOrEqual(1e4 * choice.solution.bound + 1e-9);
  });
});
