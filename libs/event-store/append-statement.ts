import { randomUUID } from 'node:crypto';

import { canonicalJson } from '#domain';

import type { Append, AppendOutcome, IdempotencyRecord } from './event-store.js';

/** What the function append_events returns; null where the kind has no such value. */
export interface AppendRow {
  readonly kind: 'APPENDED' | 'CONFLICT' | 'REPEAT';
  readonly ticket: string | null;
  readonly recorded_at: string | null;
  readonly conflict_stream: string | null;
  readonly conflict_version: number | null;
  readonly first_body_hash: string | null;
  readonly first_response: string | null;
  /** tickets that were given positions on the way, and the position of the last event of each */
  readonly sequenced_tickets: readonly string[] | null;
  readonly sequenced_positions: readonly string[] | null;
}

export interface AppendStatement {
  /** of append_events, all but its last */
  readonly parameters: readonly unknown[];
  /** in the order of the append */
  readonly eventIds: readonly string[];
  /** where to find the position of the last event */
  readonly last: { readonly stream: string; readonly version: number };
}

/** how many there are */
export const APPEND_PARAMETERS = 17;

/** @throws TypeError for an append without events, with a stream twice, or with data that is not JSON */
export function appendStatement(append: Append): AppendStatement {
  const { streams, idempotency, rows } = append;
  const events = streams.flatMap(({ stream, expectedVersion, events: added }) =>
    added.map((event, index) => ({ ...event, stream, version: expectedVersion + index + 1, id: randomUUID() })),
  );
  const last = events.at(-1);
  if (last === undefined || streams.some((each) => each.events.length === 0)) {
    throw new TypeError('An append has at least one event for each of its streams.');
  }
  if (new Set(streams.map((each) => each.stream)).size < streams.length) {
    throw new TypeError('An append names each stream once.');
  }
  const ordered = streams.length === 1 ? events : [...events].sort(byStreamAndVersion);
  return {
    parameters: [
      idempotency?.scope,
      idempotency?.key,
      idempotency?.bodyHash,
      idempotency && JSON.stringify(idempotency.response),
      streams.map((each) => each.stream),
      streams.map((each) => each.expectedVersion),
      streams.map((each) => each.events.length),
      ordered.map((event) => event.stream),
      ordered.map((event) => event.version),
      ordered.map((event) => event.id),
      ordered.map((event) => event.type),
      ordered.map((event) => event.schemaVersion),
      ordered.map((event) => canonicalJson(event.data)),
      canonicalJson(append.metadata),
      rows?.session && JSON.stringify(rows.session),
      rows?.decisions && JSON.stringify(rows.decisions),
      rows?.configuration && JSON.stringify(rows.configuration),
    ],
    eventIds: events.map((event) => event.id),
    last: { stream: last.stream, version: last.version },
  };
}

type Place = { readonly stream: string; readonly version: number };

function byStreamAndVersion(a: Place, b: Place): number {
  if (a.stream === b.stream) return a.version - b.version;
  return a.stream < b.stream ? -1 : 1;
}

/** The outcome of a row that appended nothing. */
export function refusalOf(row: AppendRow, idempotency: IdempotencyRecord | undefined): AppendOutcome {
  if (row.kind === 'REPEAT' && idempotency !== undefined) {
    const { scope, key } = idempotency;
    return {
      kind: 'IDEMPOTENT_REPEAT',
      record: idempotencyRecord(scope, key, row.first_body_hash, row.first_response),
    };
  }
  return { kind: 'VERSION_CONFLICT', stream: row.conflict_stream ?? '', actualVersion: row.conflict_version ?? 0 };
}

export function idempotencyRecord(
  scope: string,
  key: string,
  bodyHash: string | null,
  response: string | null,
): IdempotencyRecord {
  if (bodyHash === null || response === null)
    throw new Error(`The record of the key ${key} was just removed: try again.`);
  return { scope, key, bodyHash, response: JSON.parse(response) as IdempotencyRecord['response'] };
}
