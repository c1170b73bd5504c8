import { asSqlFailure } from '#platform';
import { LaneFencedError, LanesHeldError, type TimescaleReadModels } from '#read-models';
import { UnknownEventError } from '../lanes/read-group.js';

/** Classes of SQLSTATE that say nothing about the event: connection, rollback, resources, state, intervention, system. */
const SERVER_CLASSES = new Set(['08', '40', '53', '55', '57', '58']);

/**
 * Whether the event is to blame, and not the server or another projector: the error is none of a server in trouble, and the
 * database answers. What is not the event's fault is tried again for ever; parking would lose events to an outage.
 */
export async function isEventsFault(error: unknown, readModels: Pick<TimescaleReadModels, 'ping'>): Promise<boolean> {
  const innocent = [LaneFencedError, LanesHeldError, UnknownEventError];
  if (innocent.some((kind) => error instanceof kind)) return false;
  const failure = asSqlFailure(error);
  if (failure !== null && SERVER_CLASSES.has(failure.code.slice(0, 2))) return false;
  return readModels.ping().then(
    () => true,
    () => false,
  );
}

export const sentenceOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);
