import { type Optimiser, solveCertified } from '#engine';
import { createReferenceSolver } from './reference-solver.js';

/**
 * The optimiser of the product: the engine's own solver, its answer certified, with the reference solver behind it for
 * what it cannot certify. Which one answered is in the solution's `solver`.
 */
export async function createCertifiedOptimiser(): Promise<Optimiser> {
  const reference = await createReferenceSolver();
  return (problem, options) => solveCertified(problem, reference, options);
}
