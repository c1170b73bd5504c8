import { coordinate, solveCertified } from '#engine';
import { canonicalHash } from '#platform';
import { goldenCoordinations } from './golden-coordinations.js';

/** SHA-256 of the canonical JSON of every golden coordination's whole answer, by name. */
export function goldenHashes(): Record<string, string> {
  return Object.fromEntries(
    goldenCoordinations().map(({ name, input }) => {
      const result = coordinate(input, (problem, options) => solveCertified(problem, null, options));
      return [name, canonicalHash(result)];
    }),
  );
}
