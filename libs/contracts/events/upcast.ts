import type { RecordedEvent } from '#domain';

/** What the log holds: whatever a former version of the service wrote. */
export type StoredEvent = Omit<RecordedEvent, 'type' | 'data'> & { readonly type: string; readonly data: unknown };

type Upcaster = (event: StoredEvent) => StoredEvent;

/**
 * From `type@version` to the event that would be written today in its place, or one step nearer to it. Pure: what is not in
 * the event cannot be looked up. Position, id and metadata stay.
 */
const UPCASTERS: Readonly<Record<string, Upcaster>> = {
  'configuration_set@1': optionalFieldsAdded,
  'coordination_completed@1': optionalFieldsAdded,
  'coordination_completed@2': optionalFieldsAdded,
  'coordination_requested@1': optionalFieldsAdded,
  // a state as the first release told it replaced everything: there was nothing else in the stream
  'portfolio_state_set@1': (event) => ({
    ...event,
    schemaVersion: 2,
    data: { ...(event.data as object), carried: { orders: [], rebalances: [], closed_rebalances: [] } },
  }),
  'market_model_published@1': (event) => ({
    ...event,
    type: 'risk_model_published',
    schemaVersion: 1,
    data: { model: event.data },
  }),
};

/** The newer version only has more optional fields. */
function optionalFieldsAdded(event: StoredEvent): StoredEvent {
  return { ...event, schemaVersion: event.schemaVersion + 1 };
}

/** A recorded event as the current code knows it. Everything that reads events reads them through here. */
export function upcast(stored: StoredEvent): RecordedEvent {
  let event = stored;
  // each step leads to a newer version, so that this ends
  for (let step = UPCASTERS[keyOf(event)]; step !== undefined; step = UPCASTERS[keyOf(event)]) event = step(event);
  // type and data were checked together when they were appended
  return event as RecordedEvent;
}

const keyOf = ({ type, schemaVersion }: StoredEvent): string => `${type}@${schemaVersion}`;
