import { createHash } from 'node:crypto';

/** What is hashed of an event: the texts as they are stored. */
export interface HashedFields {
  readonly tenant: string;
  readonly stream: string;
  readonly version: number;
  readonly id: string;
  readonly type: string;
  readonly schemaVersion: number;
  /** RFC 3339, UTC, to the millisecond */
  readonly recordedAt: string;
  /** canonical JSON (RFC 8785) */
  readonly metadata: string;
  /** canonical JSON (RFC 8785) */
  readonly data: string;
}

const DOMAIN = 'coordination-event/1';
const LOG_PREFIX = Buffer.of(2);

/** Before the first event of a stream. */
export const NO_EVENT: Buffer = Buffer.alloc(0);
/** Before the first event of the log. */
export const LOG_START: Buffer = Buffer.alloc(32);

/**
 * SHA-256 over the fields, each in UTF-8 behind its length (4 bytes, the highest first), so that no two events have the
 * same bytes. The function event_hash of the database computes the same.
 *
 * @param previous hash of the event before it in its stream, NO_EVENT before the first
 */
export function eventHash(previous: Uint8Array, event: HashedFields): Buffer {
  const hash = createHash('sha256');
  const length = Buffer.alloc(4);
  const field = (bytes: Uint8Array): void => {
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  field(Buffer.from(DOMAIN));
  field(previous);
  const { tenant, stream, version, id, type, schemaVersion, recordedAt, metadata, data } = event;
  for (const text of [tenant, stream, String(version), id, type, String(schemaVersion), recordedAt, metadata, data]) {
    field(Buffer.from(text));
  }
  return hash.digest();
}

/** The hash of the log up to an event: over the hash up to the event before it, LOG_START at first, and the event's own. */
export const logHash = (previous: Uint8Array, event: Uint8Array): Buffer =>
  createHash('sha256').update(LOG_PREFIX).update(previous).update(event).digest();
