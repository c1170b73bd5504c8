import { randomUUID } from 'node:crypto';

import { canonicalJson } from '#domain';

import type { Append, AppendOutcome, IdempotencyRecord } from './event-store.js';

/** One row of the function append_events. */
export interface AppendRow {
  readonly kind: 'APPENDED' | 'CONFLICT' | 'REPEAT';
  readonly ticket: string | null;
  readonly recorded_at: string | null;
  readonly conflict_stream: string | null;
  readonly conflict_version: number | null;
  readonly body_hash: string | null;
  readonly response: string | null;
}

export interface AppendStatement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  readonly eventIds: readonly string[];
  /** where to find the position of the last event */
  readonly last: { readonly stream: string; readonly version: number };
}

const SQL = `SELECT kind, ticket::text AS ticket, recorded_at, conflict_stream, conflict_version, body_hash, response
  FROM append_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`;

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
  return {
    sql: SQL,
    parameters: [
      idempotency?.scope,
      idempotency?.key,
      idempotency?.bodyHash,
      idempotency && JSON.stringify(idempotency.response),
      streams.map((each) => each.stream),
      streams.map((each) => each.expectedVersion),
      streams.map((each) => each.events.length),
      events.map((event) => event.stream),
      events.map((event) => event.version),
      events.map((event) => event.id),
      events.map((event) => event.type),
      events.map((event) => event.schemaVersion),
      events.map((event) => canonicalJson(event.data)),
      canonicalJson(append.metadata),
      rows?.session && JSON.stringify(rows.session),
      rows?.decisions && JSON.stringify(rows.decisions),
      rows?.configuration && JSON.stringify(rows.configuration),
    ],
    eventIds: events.map((event) => event.id),
    last: { stream: last.stream, version: last.version },
  };
}

/** The outcome of a row that appended nothing. */
export function refusalOf(row: AppendRow, idempotency: IdempotencyRecord | undefined): AppendOutcome {
  if (row.kind === 'REPEAT' && idempotency !== undefined) {
    const { scope, key } = idempotency;
    return { kind: 'IDEMPOTENT_REPEAT', record: idempotencyRecord(scope, key, row) };
  }
  return { kind: 'VERSION_CONFLICT', stream: row.conflict_stream ?? '', actualVersion: row.conflict_version ?? 0 };
}

export function idempotencyRecord(
  scope: string,
  key: string,
  row: { readonly body_hash: string | null; readonly response: string | null },
): IdempotencyRecord {
  const response = JSON.parse(row.response ?? '') as IdempotencyRecord['response'];
  return { scope, key, bodyHash: row.body_hash ?? '', response };
}
