/** The first thing found that is not as it was. */
export interface AuditFault {
  readonly code: AuditFaultCode;
  /** of the first bad event; null where the fault is not at one position */
  readonly position: number | null;
  readonly tenant: string | null;
  readonly stream: string | null;
  readonly version: number | null;
  /** a sentence: what differs */
  readonly message: string;
}

export type AuditFaultCode =
  /** a position, or the event that the log names there, is not there */
  | 'EVENT_MISSING'
  /** the bytes of the event are not those that were hashed when it was appended */
  | 'EVENT_ALTERED'
  /** not the next event of its stream */
  | 'STREAM_ORDER'
  /** the event is in itself as it was, but not the one that was at this place of the log */
  | 'LOG_ORDER'
  /** an event that neither the log nor the tickets know */
  | 'EVENT_UNLISTED'
  /** the sequencer's own record of the end is another one */
  | 'LOG_END'
  | 'CHECKPOINT_REFUSED'
  /** the events are not those that were signed */
  | 'CHECKPOINT_MISMATCH'
  /** fewer events than were signed */
  | 'CHECKPOINT_BEYOND_END'
  /** a line of a document that is not as it was written */
  | 'DOCUMENT_DAMAGED'
  /** the document ends before its end line */
  | 'DOCUMENT_CUT'
  /** a Parquet file that is not one any more */
  | 'FILE_DAMAGED'
  /** events were moved to a file that is not there, cannot be read, or does not hold them as they were; it is named */
  | 'ARCHIVE_UNREADABLE'
  | 'PROOF_FAILED';

type Place = {
  readonly position?: number;
  readonly tenant?: string;
  readonly stream?: string;
  readonly version?: number;
};

export const auditFault = (code: AuditFaultCode, message: string, place: Place = {}): AuditFault => ({
  code,
  position: place.position ?? null,
  tenant: place.tenant ?? null,
  stream: place.stream ?? null,
  version: place.version ?? null,
  message,
});
