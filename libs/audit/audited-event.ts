import type { HashedFields } from './event-hash.js';

/** An event with what the store keeps to prove it, its texts byte by byte as they are stored. */
export interface AuditedEvent extends HashedFields {
  /** 1, 2, ... over the log */
  readonly position: number;
  readonly hash: Buffer;
  /** of the log up to and with this event */
  readonly logHash: Buffer;
  /** hash of the event before it in its stream: needed where that one is not at hand; null before the first */
  readonly previous: Buffer | null;
}

/** Where an event is, for a person. */
export const nameOf = ({ tenant, stream, version }: Pick<HashedFields, 'tenant' | 'stream' | 'version'>): string =>
  `${tenant === 'default' ? '' : `${tenant}/`}${stream} version ${version}`;
