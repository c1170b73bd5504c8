export interface IngestLimits {
  /** the longest body taken, bytes */
  readonly bodyBytesMax: number;
  /** the longest line taken, characters; a longer one is one rejected row */
  readonly lineCharsMax: number;
  /** rows a transaction; about three times as many are in memory at once */
  readonly batchRows: number;
  /** rejected rows that are listed; all are counted */
  readonly rejectedListMax: number;
}

export const DEFAULT_INGEST_LIMITS: IngestLimits = {
  bodyBytesMax: 2 * 1_024 * 1_024 * 1_024,
  lineCharsMax: 10_000,
  batchRows: 20_000,
  rejectedListMax: 1_000,
};
