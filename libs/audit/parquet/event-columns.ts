/** Of an export as Parquet: one row an event, in the order of the log, as `event` lines of the NDJSON form have them. */
export const EVENT_COLUMNS = [
  ['position', 'bigint'],
  ['tenant', 'varchar'],
  ['stream', 'varchar'],
  ['version', 'integer'],
  ['id', 'varchar'],
  ['type', 'varchar'],
  ['schema_version', 'integer'],
  ['recorded_at', 'varchar'],
  // canonical JSON, as it is hashed
  ['metadata', 'varchar'],
  ['data', 'varchar'],
  ['hash', 'blob'],
  ['log_hash', 'blob'],
  // null in an export that begins with the log
  ['previous', 'blob'],
  // the signed checkpoint that counts up to this event, where there is one
  ['checkpoint', 'varchar'],
] as const;

/** Beside the rows: the first and the last line of the NDJSON form, as they are there. */
export const HEADER_KEY = 'coordination_export_header';
export const END_KEY = 'coordination_export_end';

/**
 * The options of every DuckDB instance here: it serves rows in order, asks the network for nothing, and keeps no bytes of
 * files, which it would go on giving after a file was put back in the second in which it was damaged.
 */
export const DUCKDB_OPTIONS = {
  threads: '1',
  memory_limit: '512MB',
  autoinstall_known_extensions: 'false',
  enable_external_file_cache: 'false',
} as const;
