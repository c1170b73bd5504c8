import { nameOf } from './audited-event.js';
import { openCheckpoint, type SignedCheckpoint } from './checkpoint.js';
import { eventHash, NO_EVENT } from './event-hash.js';
import { Fields, parseEventDocument } from './export-format.js';
import { auditFault, type AuditFault } from './fault.js';
import { leafHash } from './merkle/hashes.js';
import { rootOfInclusion } from './merkle/proofs.js';
import { parseVerifierKey, type VerifierKey } from './signed-note.js';

export const PROOF_FORMAT = 'coordination-proof/1';

/** That the events of one coordination are in the log that a checkpoint signs; needs nothing else to be checked. */
export interface CoordinationProof {
  readonly format: typeof PROOF_FORMAT;
  readonly coordination_id: string;
  /** signed */
  readonly checkpoint: string;
  /** as the service knows it */
  readonly public_key: string;
  readonly events: readonly {
    /** as in an export, `previous` included */
    readonly event: object;
    /** hashes from the event's leaf up to the root, hex */
    readonly inclusion: readonly string[];
  }[];
}

export interface ProofReport {
  readonly coordinationId: string | null;
  readonly checkpoint: SignedCheckpoint | null;
  /** positions of the events proved */
  readonly positions: readonly number[];
  readonly keys: 'GIVEN' | 'OWN';
  readonly fault: AuditFault | null;
}

/** @param keys that may have signed; null believes the one in the proof */
export function verifyCoordinationProof(document: unknown, keys: readonly VerifierKey[] | null): ProofReport {
  const fields = new Fields(document);
  const found = { coordinationId: fields.text('coordination_id'), keys: keys === null ? 'OWN' : 'GIVEN' } as const;
  const failed = (code: AuditFault['code'], message: string): ProofReport => ({
    ...found,
    checkpoint: null,
    positions: [],
    fault: auditFault(code, message),
  });
  const entries = fields.at('events');
  if (fields.text('format') !== PROOF_FORMAT || !Array.isArray(entries) || entries.length === 0) {
    return failed('DOCUMENT_DAMAGED', `This is no proof of a coordination: its format is not ${PROOF_FORMAT}.`);
  }
  const checkpoint = openCheckpoint(fields.text('checkpoint'), keys ?? [parseVerifierKey(fields.text('public_key'))]);
  if ('refused' in checkpoint) {
    return failed('CHECKPOINT_REFUSED', `The checkpoint of the proof is refused: ${checkpoint.refused}.`);
  }
  const positions: number[] = [];
  for (const entry of entries) {
    const proved = proveEvent(entry, checkpoint, `coordination-${found.coordinationId}`);
    if (typeof proved !== 'number') return { ...found, checkpoint, positions, fault: proved };
    positions.push(proved);
  }
  return { ...found, checkpoint, positions, fault: null };
}

/** The position of the event, where it is in the signed log. */
function proveEvent(entry: unknown, checkpoint: SignedCheckpoint, stream: string): number | AuditFault {
  const fields = new Fields(entry);
  const [event, inclusion] = [parseEventDocument(fields.at('event')), fields.hashes('inclusion')];
  if (event === null || fields.failed) {
    return auditFault('DOCUMENT_DAMAGED', 'An event of the proof lacks a field.');
  }
  const place = { position: event.position, tenant: event.tenant, stream: event.stream, version: event.version };
  if (event.stream !== stream) {
    return auditFault('PROOF_FAILED', `${nameOf(event)} is not of the coordination that the proof names.`, place);
  }
  const hash = eventHash(event.previous ?? NO_EVENT, event);
  const root = rootOfInclusion(leafHash(hash), event.position - 1, checkpoint.size, inclusion);
  if (root?.equals(checkpoint.root) === true) return event.position;
  const message = `${nameOf(event)} is not at position ${event.position} of the log that was signed at ${checkpoint.time}: it, or the proof, was changed.`;
  return auditFault('PROOF_FAILED', message, place);
}
