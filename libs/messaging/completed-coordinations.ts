import type { CoordinationCompleted, RecordedEvent } from '#domain';

import type { ToMessage } from './relay.js';

/** The topic that other services listen to. */
export const COORDINATION_COMPLETED_TOPIC = 'coordination_completed';

/** Publishes completed coordinations, those of a portfolio in order, in the form that `toMessage` gives them. */
export function completedCoordinations(toMessage: (event: RecordedEvent<CoordinationCompleted>) => object): ToMessage {
  return (event) => {
    if (event.type !== 'coordination_completed') return null;
    const completed = event as RecordedEvent<CoordinationCompleted>;
    return {
      key: completed.data.portfolio_id,
      payload: toMessage(completed),
      properties: {
        event_type: completed.type,
        event_id: completed.id,
        // where it is in the log, for those who compare
        position: String(completed.position),
        tenant: completed.tenant ?? 'default',
        // so that a consumer's spans join those of the request
        ...(completed.metadata.traceparent === undefined ? {} : { traceparent: completed.metadata.traceparent }),
      },
    };
  };
}
