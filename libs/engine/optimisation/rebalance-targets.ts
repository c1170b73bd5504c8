import type { RebalanceRequest } from '../input.js';
import type { Universe } from '../universe.js';

/** What the rebalance requests ask of one instrument. */
export interface RebalanceTarget {
  readonly rebalanceId: string;
  readonly weight: number;
  /** rho_i, the pull toward the target (model, section 4) */
  readonly rho: number;
  readonly reason: string;
  readonly deadline: number | undefined;
  readonly taxSensitive: boolean;
  /** w0 is within the request's tolerance of the target: nothing is asked for */
  readonly withinTolerance: boolean;
}

/** rho0 of the model: a request of priority 5 weighs the squared distance 50 times the instrument's variance. */
const RHO_BASE = 50;
const PRIORITY_SCALE = 5;

/**
 * One target an instrument, null where none is asked for. Where several requests name the same instrument the one of
 * the highest priority counts, ties going to the smaller id: the order of the requests has no say.
 *
 * @param weight the entry `rebalance` of the priority weights
 */
export function rebalanceTargets(
  requests: readonly RebalanceRequest[],
  universe: Universe,
  weight: number,
): (RebalanceTarget | null)[] {
  const targets = new Array<RebalanceTarget | null>(universe.n).fill(null);
  for (const request of [...requests].sort(byPriority)) {
    for (const { instrumentId, targetWeight } of request.targets) {
      const i = universe.index.get(instrumentId);
      if (i === undefined || targets[i] !== null) continue;
      targets[i] = {
        rebalanceId: request.rebalanceId,
        weight: targetWeight,
        rho: (RHO_BASE * weight * request.priority) / PRIORITY_SCALE,
        reason: request.reason ?? 'OTHER',
        deadline: request.deadline,
        taxSensitive: request.taxSensitive ?? false,
        withinTolerance: Math.abs(universe.w0[i]! - targetWeight) <= (request.tolerance ?? 0),
      };
    }
  }
  return targets;
}

/** Requests that cannot be met as they stand: overdue ones, and targets that a request of higher priority sets. */
export function rebalanceWarnings(
  requests: readonly RebalanceRequest[],
  universe: Universe,
  targets: readonly (RebalanceTarget | null)[],
  asOf: number,
): string[] {
  const warnings: string[] = [];
  for (const { rebalanceId, deadline, targets: asked } of [...requests].sort(byPriority)) {
    if (deadline !== undefined && deadline < asOf) warnings.push(`Rebalance request ${rebalanceId} is overdue.`);
    const overridden = asked.filter(
      ({ instrumentId }) => targets[universe.index.get(instrumentId)!]?.rebalanceId !== rebalanceId,
    );
    if (overridden.length > 0) {
      const ids = overridden.map(({ instrumentId }) => instrumentId).join(', ');
      warnings.push(`Of rebalance request ${rebalanceId}, another request of higher priority sets: ${ids}.`);
    }
  }
  return warnings;
}

function byPriority(a: RebalanceRequest, b: RebalanceRequest): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  return a.rebalanceId < b.rebalanceId ? -1 : a.rebalanceId > b.rebalanceId ? 1 : 0;
}
