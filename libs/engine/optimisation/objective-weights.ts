import type { Parameters } from '../input.js';

/** The entries of `priority_weights` that scale whole terms of the utility (model, section 4). */
export interface ObjectiveWeights {
  /** theta: expected return */
  readonly signals: number;
  /** phi: trading cost */
  readonly cost: number;
  /** psi: tax */
  readonly tax: number;
  /** scales rho, the pull toward rebalance targets */
  readonly rebalance: number;
}

export function objectiveWeights(parameters: Parameters): ObjectiveWeights {
  const entry = (name: string): number =>
    Object.hasOwn(parameters.priorityWeights, name) ? parameters.priorityWeights[name]! : 1;
  return { signals: entry('signals'), cost: entry('cost'), tax: entry('tax'), rebalance: entry('rebalance') };
}
