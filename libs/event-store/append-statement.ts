import { randomUUID } from 'node:crypto';

import { canonicalJson } from '#domain';

import { checkName, DEFAULT_TENANT } from './names.js';
import type { Append, AppendOutcome, IdempotencyRecord } from './event-store.js';

/** A row of the function append_events; null where the kind has no such value. */
export interface AppendRow {
  /** from 1; null in the last row, which tells of the sequencing */
  readonly append: number | null;
  readonly kind: 'APPENDED' | 'CONFLICT' | 'REPEAT';
  readonly ticket: string | null;
  readonly recorded_at: string | null;
  readonly conflict_stream: string | null;
  readonly conflict_version: number | null;
  readonly first_body_hash: string | null;
  readonly first_response: string | null;
  readonly sequenced_tickets: readonly string[] | null;
  readonly sequenced_positions: readonly string[] | null;
}

/** An append, ready to be written. */
export interface PreparedAppend {
  readonly tenant: string;
  readonly idempotency: IdempotencyRecord | undefined;
  readonly metadata: string;
  readonly rows: Append['rows'];
  readonly streams: readonly { readonly name: string; readonly expected: number; readonly events: number }[];
  /** in the order of the streams' names */
  readonly events: readonly PreparedEvent[];
  /** in the order of the append */
  readonly eventIds: readonly string[];
  /** where to find the position of the last event */
  readonly last: { readonly stream: string; readonly version: number };
  /** of its events' data: how much work it is */
  readonly characters: number;
}

interface PreparedEvent {
  readonly stream: string;
  readonly version: number;
  readonly id: string;
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: string;
}

/** @throws TypeError for an append without events, with a stream twice, with a name that cannot be stored, or with data that is not JSON */
export function prepareAppend(append: Append): PreparedAppend {
  const { tenant = DEFAULT_TENANT, streams, metadata, idempotency, rows } = append;
  checkNames(tenant, append);
  const events = streams.flatMap(({ stream, expectedVersion, events: added }) =>
    added.map(({ type, schemaVersion, data }, index) => ({
      stream,
      version: expectedVersion + index + 1,
      id: randomUUID(),
      type,
      schemaVersion,
      data: canonicalJson(data),
    })),
  );
  const last = events.at(-1);
  if (last === undefined || streams.some((each) => each.events.length === 0)) {
    throw new TypeError('An append has at least one event for each of its streams.');
  }
  if (new Set(streams.map((each) => each.stream)).size < streams.length) {
    throw new TypeError('An append names each stream once.');
  }
  return {
    tenant,
    idempotency,
    metadata: canonicalJson(metadata),
    rows,
    streams: streams.map((each) => ({
      name: each.stream,
      expected: each.expectedVersion,
      events: each.events.length,
    })),
    events: streams.length === 1 ? events : [...events].sort(byStreamAndVersion),
    eventIds: events.map((event) => event.id),
    last: { stream: last.stream, version: last.version },
    characters: events.reduce((sum, event) => sum + event.data.length, 0),
  };
}

function checkNames(tenant: string, { streams, idempotency }: Append): void {
  checkName('tenant', tenant);
  for (const { stream } of streams) checkName('stream', stream);
  if (idempotency === undefined) return;
  checkName('scope of an idempotency key', idempotency.scope);
  checkName('idempotency key', idempotency.key);
}

function byStreamAndVersion(a: PreparedEvent, b: PreparedEvent): number {
  if (a.stream === b.stream) return a.version - b.version;
  return a.stream < b.stream ? -1 : 1;
}

/** JSON texts come as lines: there is no line end in them, and nothing to escape and to unescape as in an array. */
const jsonLines = (parameter: string): string => `string_to_array(${parameter}, E'\\n', '')`;

export const APPEND_SQL = `SELECT * FROM append_events(
  $1, $2, $3, ${jsonLines('$4')}, ${jsonLines('$5')},
  ${jsonLines('$6')}::json[], ${jsonLines('$7')}::json[], ${jsonLines('$8')}::json[],
  $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, ${jsonLines('$19')}, $20, $21)`;

/** of APPEND_SQL */
export function appendParameters(appends: readonly PreparedAppend[], sequenceLimit: number): readonly unknown[] {
  const streams = appends.flatMap((each, i) => each.streams.map((stream) => ({ ...stream, append: i + 1 })));
  const events = appends.flatMap((each, i) => each.events.map((event) => ({ ...event, append: i + 1 })));
  return [
    appends.map((each) => each.idempotency?.scope),
    appends.map((each) => each.idempotency?.key),
    appends.map((each) => each.idempotency?.bodyHash),
    lines(appends.map((each) => each.idempotency && JSON.stringify(each.idempotency.response))),
    lines(appends.map((each) => each.metadata)),
    lines(appends.map((each) => each.rows?.session && JSON.stringify(each.rows.session))),
    lines(appends.map((each) => each.rows?.decisions && JSON.stringify(each.rows.decisions))),
    lines(appends.map((each) => each.rows?.configuration && JSON.stringify(each.rows.configuration))),
    streams.map((stream) => stream.append),
    streams.map((stream) => stream.name),
    streams.map((stream) => stream.expected),
    streams.map((stream) => stream.events),
    events.map((event) => event.append),
    events.map((event) => event.stream),
    events.map((event) => event.version),
    events.map((event) => event.id),
    events.map((event) => event.type),
    events.map((event) => event.schemaVersion),
    lines(events.map((event) => event.data)),
    sequenceLimit,
    appends.map((each) => each.tenant),
  ];
}

/** an empty line is null: no JSON text is empty */
const lines = (texts: readonly (string | undefined)[]): string => texts.join('\n');

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
