import type { CoordinationInput, RebalanceRequest } from '../input.js';
import { isDue, urgency } from '../rebalancing/deadlines.js';
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
  readonly taxSensitivity: number | undefined;
  /** distance from the target that is near enough; half a lot at least, as nothing nearer can be promised */
  readonly tolerance: number;
  /** its deadline leaves no later coordination: the weight must end within the tolerance */
  readonly due: boolean;
  /** w0 is within the request's tolerance of the target: nothing is asked for */
  readonly withinTolerance: boolean;
}

/** rho0 of the model: a request of priority 5 weighs the squared distance 50 times the instrument's variance. */
const RHO_BASE = 50;
const PRIORITY_SCALE = 5;

/**
 * One target an instrument, null where none is asked for. Where several requests name the same instrument the one of
 * the highest priority counts, ties going to the smaller id: the order of the requests has no say. The pull grows as the
 * deadline nears.
 *
 * @param weight the entry `rebalance` of the priority weights
 */
export function rebalanceTargets(
  { rebalanceRequests, asOf, parameters }: Pick<CoordinationInput, 'rebalanceRequests' | 'asOf' | 'parameters'>,
  universe: Universe,
  weight: number,
): (RebalanceTarget | null)[] {
  const targets = new Array<RebalanceTarget | null>(universe.n).fill(null);
  for (const request of [...rebalanceRequests].sort(byPriority)) {
    const { deadline } = request;
    const rho = (RHO_BASE * weight * request.priority * urgency(deadline, asOf)) / PRIORITY_SCALE;
    for (const { instrumentId, targetWeight } of request.targets) {
      const i = universe.index.get(instrumentId);
      if (i === undefined || targets[i] !== null) continue;
      targets[i] = {
        rebalanceId: request.rebalanceId,
        weight: targetWeight,
        rho,
        reason: request.reason ?? 'OTHER',
        deadline,
        taxSensitive: request.taxSensitive ?? false,
        taxSensitivity: request.taxSensitivity,
        tolerance: Math.max(request.tolerance ?? 0, halfLot(universe, i)),
        due: isDue(deadline, asOf, parameters.executionDays),
        withinTolerance: Math.abs(universe.w0[i]! - targetWeight) <= (request.tolerance ?? 0),
      };
    }
  }
  return targets;
}

const halfLot = ({ lotSize, price, nav }: Universe, i: number): number => (lotSize[i]! * price[i]!) / nav / 2;

/**
 * Requests that cannot be met as they stand: overdue ones, targets that another request sets, which is named with the
 * reason why it counts, and targets that have no price.
 */
export function rebalanceWarnings(
  requests: readonly RebalanceRequest[],
  universe: Universe,
  targets: readonly (RebalanceTarget | null)[],
  asOf: number,
): string[] {
  const warnings: string[] = [];
  const priorities = new Map(requests.map(({ rebalanceId, priority }) => [rebalanceId, priority]));
  for (const { rebalanceId, priority, deadline, targets: asked } of [...requests].sort(byPriority)) {
    if (deadline !== undefined && deadline < asOf) warnings.push(`Rebalance request ${rebalanceId} is overdue.`);
    const unpriced = asked.filter(({ instrumentId }) => !universe.index.has(instrumentId));
    if (unpriced.length > 0) {
      const ids = unpriced.map(({ instrumentId }) => instrumentId).join(', ');
      warnings.push(`Of rebalance request ${rebalanceId}, no price is known of: ${ids}.`);
    }
    const overridden = new Map<string, string[]>();
    for (const { instrumentId } of asked) {
      const winner = targets[universe.index.get(instrumentId) ?? -1]?.rebalanceId ?? rebalanceId;
      if (winner !== rebalanceId) overridden.set(winner, [...(overridden.get(winner) ?? []), instrumentId]);
    }
    for (const [winner, ids] of overridden) {
      const why = priorities.get(winner) === priority ? 'of equal priority and smaller id' : 'of higher priority';
      warnings.push(`Of rebalance request ${rebalanceId}, request ${winner}, ${why}, sets: ${ids.join(', ')}.`);
    }
  }
  return warnings;
}

function byPriority(a: RebalanceRequest, b: RebalanceRequest): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  return a.rebalanceId < b.rebalanceId ? -1 : a.rebalanceId > b.rebalanceId ? 1 : 0;
}
