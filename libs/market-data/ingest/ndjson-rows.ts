import { type FieldError, pointerToken } from '#domain';
import { BAR_FIELDS, type BarRow, type RawRow, type RowChecks, type RowReader, shown } from './bar-row.js';

const KNOWN: ReadonlySet<string> = new Set(BAR_FIELDS);
const ACCEPTED_LINE =
  'one JSON object a line, such as {"instrument_id":"A","day":"2024-01-31","close":10.5,"volume":100}';

/** Lines of `application/x-ndjson`. */
export class NdjsonRows implements RowReader {
  /** @param ignored fields that are passed over */
  constructor(
    private readonly checks: RowChecks,
    private readonly ignored: ReadonlySet<string>,
  ) {}

  read(line: string, into: BarRow): FieldError | null {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      return { pointer: '', message: `is not JSON: ${shown(line)}`, accepted: ACCEPTED_LINE };
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return { pointer: '', message: `is ${shown(value)}`, accepted: ACCEPTED_LINE };
    }
    for (const field in value) {
      if (!KNOWN.has(field) && !this.ignored.has(field)) return unknownField(field);
    }
    return this.checks.check(value as RawRow, into);
  }
}

const unknownField = (field: string): FieldError => ({
  pointer: `/${pointerToken(field)}`,
  message: 'is not a field of a bar',
  accepted: `${BAR_FIELDS.join(', ')}; ?ignore= names what is to be passed over`,
});
