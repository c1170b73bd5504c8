import type { OutgoingMessage, ReceivedMessage } from '../message-bus.js';

/** Pulsar keeps a message's sequence id from its consumers, so it travels as a property too. */
const SEQUENCE_ID = 'sequence_id';

export function propertiesOf({ properties, sequenceId }: OutgoingMessage): Record<string, string> {
  return { ...properties, ...(sequenceId === undefined ? {} : { [SEQUENCE_ID]: String(sequenceId) }) };
}

/** A message of somebody else may have no key, and any properties. */
export function received(
  topic: string,
  key: string | undefined,
  given: Readonly<Record<string, string>>,
  payload: Buffer,
): Omit<ReceivedMessage, 'delivery'> {
  const { [SEQUENCE_ID]: sequenceId, ...properties } = given;
  return {
    topic,
    key: key ?? '',
    ...(sequenceId !== undefined && /^\d{1,19}$/.test(sequenceId) ? { sequenceId: BigInt(sequenceId) } : {}),
    payload: payload.toString('utf8'),
    properties,
  };
}

/** For the topic of those that failed: without a sequence id for the broker, because none of them must be dropped. */
export function deadLetter(message: Omit<ReceivedMessage, 'delivery'>, topic: string): OutgoingMessage {
  const { sequenceId: _, ...rest } = message;
  return { ...rest, topic, properties: propertiesOf(message) };
}
