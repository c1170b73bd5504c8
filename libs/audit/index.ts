/** That the log is what it was: hashes, the Merkle tree over it, signed checkpoints, exports, and their verification. */
export { type AuditFolder, CHECKPOINTS_FILE, openAuditFolder, parseCheckpointFile } from './audit-folder.js';
export { archiveEvents, ArchiveRefusedError, type ArchiveBound } from './archive/archive-events.js';
export {
  type ArchiveFile,
  ArchiveUnreadableError,
  type ArchivedTexts,
  EventArchive,
  readArchives,
} from './archive/event-archive.js';
export { type SignedCheckpoint } from './checkpoint.js';
export { type CoordinationProof, type ProofReport, verifyCoordinationProof } from './coordination-proof.js';
export { type AuditFault } from './fault.js';
export { Checkpointer, type CheckpointReport } from './postgres/checkpointer.js';
export { readOrigin } from './postgres/log-rows.js';
export { isParquet, readParquetExport } from './parquet/read-parquet-export.js';
export { writeParquetExport } from './parquet/write-parquet-export.js';
export { exportLog, exportText, type ExportRange } from './postgres/export-log.js';
export { proveCoordination, readCheckpoints } from './postgres/prove-coordination.js';
export { KeyFormatError, parseVerifierKey, type VerifierKey } from './signed-note.js';
export { type AuditReport, exportLines, verifyExport, verifyLines, type VerifyOptions } from './verify-export.js';
