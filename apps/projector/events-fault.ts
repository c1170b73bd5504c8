import { asSqlFailure } from '#platform';
import { CheckpointMovedError, type TimescaleReadModels } from '#read-models';

/** Classes of SQLSTATE that say nothing about the event: connection, rollback, resources, state, intervention, system. */
const SERVER_CLASSES = new Set(['08', '40', '53', '55', '57', '58']);

/**
 * Whether the event is to blame, and not the server or another projector: the error is none of a server in trouble, and the
 * database answers. What is not the event's fault is tried again for ever; parking would lose events to an outage.
 */
export async function isEventsFault(error: unknown, readModels: Pick<TimescaleReadModels, 'ping'>): Promise<boolean> {
  if (error instanceof CheckpointMovedError) return false;
  const failure = asSqlFailure(error);
  if (failure !== null && SERVER_CLASSES.has(failure.code.slice(0, 2))) return false;
  return readModels.ping().then(
    () => true,
    () => false,
  );
}
