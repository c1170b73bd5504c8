import type { CoordinationCompleted, RecordedEvent } from '#domain';

import type { RelayOptions } from './relay.js';

/** The topic that other services listen to. */
export const COORDINATION_COMPLETED_TOPIC = 'coordination_completed';

/** Publishes completed coordinations, those of a portfolio in order, in the form that `toMessage` gives them. */
export function completedCoordinations(
  toMessage: (event: RecordedEvent<CoordinationCompleted>) => object,
): RelayOptions['toMessage'] {
  return (event) => {
    if (event.type !== 'coordination_completed') return null;
    const completed = event as RecordedEvent<CoordinationCompleted>;
    return { key: completed.data.portfolio_id, payload: toMessage(completed) };
  };
}
