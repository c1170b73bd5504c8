import diff from 'microdiff';
import {
  type CoordinateCommand,
  decideCoordination,
  type Difference,
  isCanonicalJson,
  isRejection,
  pointerToken,
} from '#domain';
import type { Optimiser } from '#engine';

/** Whether deciding again gave the recorded bytes, and if not, the first places where it did not. */
export type ReplayedDecision =
  { readonly same: true } | { readonly same: false; readonly differences: readonly Difference[] };

/** places that are told */
const DIFFERENCES_MAX = 20;

/** @param recorded the canonical JSON of the completed event's data, as the log has it */
export function replayDecision(command: CoordinateCommand, recorded: string, optimise: Optimiser): ReplayedDecision {
  const decision = decideCoordination(command, optimise);
  const replayed = isRejection(decision) ? decision : decision.events[1].data;
  if (isCanonicalJson(recorded, replayed)) return { same: true };
  return { same: false, differences: differencesOf(recorded, replayed) };
}

function differencesOf(recorded: string, replayed: object): Difference[] {
  let before: object;
  try {
    before = JSON.parse(recorded) as object;
  } catch {
    return [{ pointer: '', recorded: 'is not JSON' }];
  }
  // what is undefined in memory is not there as JSON
  const after = JSON.parse(JSON.stringify(replayed)) as object;
  const found = diff(before, after, { cyclesFix: false });
  // the same values in another notation, such as another order of keys
  if (found.length === 0) return [{ pointer: '', recorded: 'is not canonical JSON' }];
  return found.slice(0, DIFFERENCES_MAX).map((change) => ({
    pointer: pointerOf(change.path),
    ...(change.type === 'CREATE' ? {} : { recorded: change.oldValue as unknown }),
    ...(change.type === 'REMOVE' ? {} : { replayed: change.value as unknown }),
  }));
}

/** RFC 6901 */
const pointerOf = (path: readonly (string | number)[]): string =>
  path.map((step) => `/${pointerToken(String(step))}`).join('');
