import { coordinationStream } from '#domain';
import type { SqlExecutor } from '#platform';
import { EventArchive } from '../archive/event-archive.js';
import { type CoordinationProof, PROOF_FORMAT } from '../coordination-proof.js';
import { eventDocument } from '../export-format.js';
import { auditFault, type AuditFault } from '../fault.js';
import { inclusionProof } from '../merkle/proofs.js';
import { readAuditedStream } from './log-rows.js';
import { merkleTree } from './merkle-tree.js';

/**
 * The proof under the newest checkpoint; UNKNOWN where the log has no such coordination, UNSIGNED where no checkpoint
 * covers all of its events yet.
 */
export async function proveCoordination(
  db: SqlExecutor,
  coordinationId: string,
  archive: EventArchive = new EventArchive(db),
  tenant = 'default',
): Promise<CoordinationProof | AuditFault | 'UNKNOWN' | 'UNSIGNED'> {
  const events = await readAuditedStream(db, archive, tenant, coordinationStream(coordinationId));
  const [checkpoint] = await db.query<{ size: string; note: string; public_key: string }>(
    'SELECT size::text AS size, note, public_key FROM checkpoints ORDER BY size DESC LIMIT 1',
  );
  if (events.length === 0) return 'UNKNOWN';
  const size = Number(checkpoint?.size ?? 0);
  const proved: CoordinationProof['events'][number][] = [];
  for (const event of events) {
    if ('code' in event) return event;
    if (event.position > size) return 'UNSIGNED';
    const document = eventDocument(event);
    if (document === null) {
      return auditFault('EVENT_ALTERED', 'The stored text of an event is not canonical JSON: it was changed.', event);
    }
    const path = await inclusionProof(merkleTree(db), event.position - 1, size);
    proved.push({ event: document, inclusion: path.map((hash) => hash.toString('hex')) });
  }
  if (checkpoint === undefined) return 'UNSIGNED';
  return {
    format: PROOF_FORMAT,
    coordination_id: coordinationId,
    checkpoint: checkpoint.note,
    public_key: checkpoint.public_key,
    events: proved,
  };
}

/** The newest checkpoints, newest first. */
export async function readCheckpoints(
  db: SqlExecutor,
  limit: number,
): Promise<readonly { readonly size: number; readonly note: string; readonly publicKey: string }[]> {
  const rows = await db.query<{ size: string; note: string; public_key: string }>(
    'SELECT size::text AS size, note, public_key FROM checkpoints ORDER BY size DESC LIMIT $1',
    [limit],
  );
  return rows.map(({ size, note, public_key }) => ({ size: Number(size), note, publicKey: public_key }));
}
