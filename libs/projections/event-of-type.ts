import type { DomainEvent, RecordedEvent } from '#domain';

/** Narrows a recorded event to one type, its data with it. */
export function isOfType<T extends DomainEvent['type']>(
  event: RecordedEvent,
  type: T,
): event is RecordedEvent<Extract<DomainEvent, { readonly type: T }>> {
  return event.type === type;
}
