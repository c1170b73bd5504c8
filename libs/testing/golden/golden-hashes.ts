import { createHash } from 'node:crypto';
import { canonicalJson } from '#domain';
import { coordinate, solveCertified } from '#engine';
import { goldenCoordinations } from './golden-coordinations.js';

/**
 * SHA-256 of the canonical JSON of every golden coordination's whole answer, by name. Of the pure libraries alone: other Node versions
 * run it without anything that is installed.
 */
export function goldenHashes(): Record<string, string> {
  return Object.fromEntries(
    goldenCoordinations().map(({ name, input }) => {
      const result = coordinate(input, (problem, options) => solveCertified(problem, null, options));
      return [name, createHash('sha256').update(canonicalJson(result)).digest('hex')];
    }),
  );
}
