import { canonicalJson } from '#domain';
import type { AuditedEvent } from './audited-event.js';
import { auditFault, type AuditFault } from './fault.js';

/**
 * An export is NDJSON, every line canonical JSON (RFC 8785): a header, the events in the order of the log with the
 * checkpoints after the events they count, and an end. Data and metadata are in it as they are hashed.
 */
const EXPORT_FORMAT = 'coordination-export/1';

export type ExportLine =
  | { readonly kind: 'header'; readonly header: ExportHeader }
  | { readonly kind: 'event'; readonly event: AuditedEvent }
  | { readonly kind: 'checkpoint'; readonly note: string }
  | { readonly kind: 'end'; readonly end: ExportEnd }
  /** what the exporter met: it ends there */
  | { readonly kind: 'fault'; readonly fault: AuditFault };

export interface ExportHeader {
  readonly origin: string;
  readonly from: number;
  /** from - 1 for no event */
  readonly to: number;
  /** of the log before `from` */
  readonly logHash: Buffer;
  /** roots of the complete subtrees of the events before `from` */
  readonly subtrees: readonly Buffer[];
  /** of the checkpoints, as the exporter knows them */
  readonly publicKeys: readonly string[];
}

export interface ExportEnd {
  /** events of the whole log when it was exported */
  readonly lastPosition: number;
  /** the first checkpoint beyond the range, and the proof that the log up to the range's end is the beginning of it */
  readonly beyond: { readonly note: string; readonly proof: readonly Buffer[] } | null;
}

/** One line of an export, with its newline; null where the stored texts of an event are not canonical JSON. */
export function formatExportLine(line: ExportLine): string | null {
  switch (line.kind) {
    case 'header': {
      const { origin, from, to, logHash, subtrees, publicKeys } = line.header;
      return jsonLine({
        header: {
          format: EXPORT_FORMAT,
          origin,
          from: String(from),
          to: String(to),
          log_hash: hex(logHash),
          subtrees: subtrees.map(hex),
          public_keys: publicKeys,
        },
      });
    }
    case 'event': {
      const event = eventDocument(line.event);
      return event === null ? null : jsonLine({ event });
    }
    case 'checkpoint':
      return jsonLine({ checkpoint: line.note });
    case 'end': {
      const { lastPosition, beyond } = line.end;
      return jsonLine({
        end: {
          last_position: String(lastPosition),
          beyond: beyond === null ? null : { checkpoint: beyond.note, proof: beyond.proof.map(hex) },
        },
      });
    }
    case 'fault':
      return jsonLine({ fault: line.fault });
  }
}

const jsonLine = (document: unknown): string => `${canonicalJson(document)}\n`;
const hex = (hash: Buffer): string => hash.toString('hex');

/** An event as a JSON document; null where its texts are not canonical JSON, so that they would come back as others. */
export function eventDocument(event: AuditedEvent): object | null {
  const [metadata, data] = [parseCanonical(event.metadata), parseCanonical(event.data)];
  if (metadata === undefined || data === undefined) return null;
  return {
    position: String(event.position),
    tenant: event.tenant,
    stream: event.stream,
    version: event.version,
    id: event.id,
    type: event.type,
    schema_version: event.schemaVersion,
    recorded_at: event.recordedAt,
    metadata,
    data,
    hash: hex(event.hash),
    log_hash: hex(event.logHash),
    ...(event.previous === null ? {} : { previous: hex(event.previous) }),
  };
}

/** undefined for a text that is not canonical JSON */
function parseCanonical(text: string): unknown {
  try {
    const value = JSON.parse(text) as unknown;
    return canonicalJson(value) === text ? value : undefined;
  } catch {
    return undefined;
  }
}

/** @param number of the line, from 1, for the message */
export function parseExportLine(text: string, number: number): ExportLine {
  const damaged = (what: string): ExportLine => ({
    kind: 'fault',
    fault: auditFault('DOCUMENT_DAMAGED', `Line ${number} ${what}.`),
  });
  const document = parseCanonical(text);
  if (document === undefined) return damaged('is not canonical JSON, as every line of an export is: it was changed');
  const fields = new Fields(document);
  const line = parseMember(fields);
  return line === null || fields.failed
    ? damaged('is no line of an export with all its fields, or has one more')
    : line;
}

function parseMember(fields: Fields): ExportLine | null {
  if (fields.has('event')) {
    const event = parseEventDocument(fields.at('event'));
    return event && { kind: 'event', event };
  }
  if (fields.has('checkpoint')) return { kind: 'checkpoint', note: fields.text('checkpoint') };
  if (fields.has('header')) return parseHeader(fields.at('header'));
  if (fields.has('end')) return parseEnd(fields.at('end'));
  const fault = fields.at('fault') as AuditFault | undefined;
  return typeof fault?.message === 'string' ? { kind: 'fault', fault } : null;
}

function parseHeader(value: unknown): ExportLine | null {
  const fields = new Fields(value);
  if (fields.text('format') !== EXPORT_FORMAT) return null;
  const header = {
    origin: fields.text('origin'),
    from: fields.position('from'),
    to: fields.position('to'),
    logHash: fields.hash('log_hash'),
    subtrees: fields.hashes('subtrees'),
    publicKeys: fields.texts('public_keys'),
  };
  return fields.failed ? null : { kind: 'header', header };
}

function parseEnd(value: unknown): ExportLine | null {
  const fields = new Fields(value);
  const [lastPosition, given] = [fields.position('last_position'), fields.at('beyond')];
  if (fields.failed || given === undefined) return null;
  if (given === null) return { kind: 'end', end: { lastPosition, beyond: null } };
  const inner = new Fields(given);
  const beyond = { note: inner.text('checkpoint'), proof: inner.hashes('proof') };
  return inner.failed ? null : { kind: 'end', end: { lastPosition, beyond } };
}

/** null where a field is missing or of another kind */
export function parseEventDocument(value: unknown): AuditedEvent | null {
  const fields = new Fields(value);
  const [metadata, data] = [fields.at('metadata'), fields.at('data')];
  if (metadata === undefined || data === undefined) return null;
  const event: AuditedEvent = {
    position: fields.position('position'),
    tenant: fields.text('tenant'),
    stream: fields.text('stream'),
    version: fields.count('version'),
    id: fields.text('id'),
    type: fields.text('type'),
    schemaVersion: fields.count('schema_version'),
    recordedAt: fields.text('recorded_at'),
    metadata: canonicalJson(metadata),
    data: canonicalJson(data),
    hash: fields.hash('hash'),
    logHash: fields.hash('log_hash'),
    previous: fields.has('previous') ? fields.hash('previous') : null,
  };
  return fields.failed ? null : event;
}

const HASH = /^[0-9a-f]{64}$/;

/** Reads fields of a document somebody else may have written; `failed` where one was not as asked for, or is left over. */
export class Fields {
  private bad = false;
  private readonly read = new Set<string>();
  private readonly members: Readonly<Record<string, unknown>>;

  constructor(value: unknown) {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    this.members = isObject ? (value as Readonly<Record<string, unknown>>) : {};
    if (!isObject) this.bad = true;
  }

  /** once every field was read */
  get failed(): boolean {
    return this.bad || Object.keys(this.members).some((name) => !this.read.has(name));
  }

  has(name: string): boolean {
    return Object.hasOwn(this.members, name);
  }

  at(name: string): unknown {
    this.read.add(name);
    return this.has(name) ? this.members[name] : undefined;
  }

  text(name: string): string {
    const value = this.at(name);
    return typeof value === 'string' ? value : this.fail('');
  }

  count(name: string): number {
    const value = this.at(name);
    return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : this.fail(0);
  }

  position(name: string): number {
    const text = this.text(name);
    return /^(0|[1-9][0-9]{0,14})$/.test(text) ? Number(text) : this.fail(0);
  }

  hash(name: string): Buffer {
    return Buffer.from(HASH.test(this.text(name)) ? this.text(name) : this.fail(''), 'hex');
  }

  hashes(name: string): readonly Buffer[] {
    return this.texts(name).map((text) => Buffer.from(HASH.test(text) ? text : this.fail(''), 'hex'));
  }

  texts(name: string): readonly string[] {
    const value = this.at(name);
    const ok = Array.isArray(value) && value.every((each) => typeof each === 'string');
    return ok ? value : this.fail([]);
  }

  private fail<T>(value: T): T {
    this.bad = true;
    return value;
  }
}
