import { readSharedRequest, sharedRequestNames } from '#testing';
import { buildUniverse } from '../risk/index.js';
import { synthesise } from './index.js';

const names = sharedRequestNames();
// jest has no empty tables: without the shared folder this shows as one skipped test
const cases = names.length > 0 ? it.each(names) : it.skip.each(['(shared requests absent)']);

describe('against a separate implementation of the model', () => {
  cases('%s: screening, weights and expected returns', (name) => {
    const { input, instruments, expected } = readSharedRequest(name);
    const built = buildUniverse(input);
    if (built.kind !== 'UNIVERSE') throw new Error(built.kind);
    const { universe } = built;
    const synthesis = synthesise(input, universe);

    const codes = Object.fromEntries(synthesis.screened.map((signal) => [String(signal.position), signal.code]));
    expect(codes).toEqual(expected.rej);
    expect(universe.warnings).toEqual([]);
    expect(universe.n).toBeGreaterThan(10);
    for (const [i, id] of universe.ids.entries()) {
      const there = instruments.indexOf(id);
      expect(Math.abs(synthesis.alpha[i]! - expected.alpha[there]!)).toBeLessThan(1e-12);
      expect(Math.abs(universe.w0[i]! - expected.w0[there]!)).toBeLessThan(1e-13);
    }
  });

  cases('%s: contributions of the signals add up to alpha', (name) => {
    const { input } = readSharedRequest(name);
    const built = buildUniverse(input);
    if (built.kind !== 'UNIVERSE') throw new Error(built.kind);
    const { alpha, accepted, contributionTo } = synthesise(input, built.universe);
    for (let i = 0; i < built.universe.n; i++) {
      let total = 0;
      for (let s = 0; s < accepted.length; s++) total += contributionTo(s, i);
      expect(Math.abs(total - alpha[i]!)).toBeLessThan(1e-16);
    }
  });
});
