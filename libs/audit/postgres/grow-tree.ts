import type { SqlExecutor } from '#platform';
import { LOG_START, logHash } from '../event-hash.js';
import { auditFault, type AuditFault } from '../fault.js';
import { rootOf } from '../merkle/frontier.js';
import { leafHash } from '../merkle/hashes.js';
import { NODE_WIDTH } from './merkle-tree.js';

/** events in one transaction: a log that never had a tree gets one in several */
const GROWTH_MAX = 256 * NODE_WIDTH;

/**
 * Stores the nodes of the tree that are complete at `size` and not stored yet, following the hashes of the log as it goes.
 * @returns how far it got, at most GROWTH_MAX further, or what is wrong with the first event that is not as it was
 */
export async function growTree(db: SqlExecutor, size: number): Promise<number | AuditFault> {
  const [row] = await db.query<{ nodes: string }>(
    'SELECT coalesce(max(index) + 1, 0)::text AS nodes FROM merkle_nodes WHERE level = 1',
  );
  const begun = Number(row?.nodes ?? 0);
  const target = Math.min(size, begun * NODE_WIDTH + GROWTH_MAX);
  let previous = await logHashAt(db, begun * NODE_WIDTH);
  for (let index = begun; index * NODE_WIDTH < target; index++) {
    const to = Math.min((index + 1) * NODE_WIDTH, target);
    const leaves = await followLog(db, index * NODE_WIDTH, to, previous);
    if ('code' in leaves) return leaves;
    previous = leaves.logHash;
    if (leaves.hashes.length === NODE_WIDTH) await storeNode(db, 1, index, rootOf(leaves.hashes.map(leafHash)));
  }
  return target;
}

async function logHashAt(db: SqlExecutor, position: number): Promise<Buffer> {
  if (position === 0) return LOG_START;
  const [row] = await db.query<{ hash: Buffer }>('SELECT hash FROM log WHERE position = $1', [position]);
  if (row === undefined) throw new Error(`The log has no position ${position}.`);
  return row.hash;
}

async function followLog(
  db: SqlExecutor,
  from: number,
  to: number,
  previous: Buffer,
): Promise<{ readonly hashes: readonly Buffer[]; readonly logHash: Buffer } | AuditFault> {
  const rows = await db.query<{ position: string; hash: Buffer | null; log_hash: Buffer }>(
    `SELECT l.position::text AS position, e.hash, l.hash AS log_hash
     FROM log l LEFT JOIN events e ON e.tenant = l.tenant AND e.stream = l.stream AND e.version = l.version
     WHERE l.position > $1 AND l.position <= $2 ORDER BY l.position`,
    [from, to],
  );
  const hashes: Buffer[] = [];
  let reached = previous;
  for (let position = from + 1; position <= to; position++) {
    const row = rows[position - from - 1];
    if (Number(row?.position) !== position || row === undefined || row.hash === null) {
      return auditFault('EVENT_MISSING', `There is no event at position ${position}.`, { position });
    }
    reached = logHash(reached, row.hash);
    if (!reached.equals(row.log_hash)) {
      return auditFault('LOG_ORDER', `Position ${position} does not hold the event that was put there.`, { position });
    }
    hashes.push(row.hash);
  }
  return { hashes, logHash: reached };
}

/** With a node come those above it that it completes. */
async function storeNode(db: SqlExecutor, level: number, index: number, hash: Buffer): Promise<void> {
  await db.query('INSERT INTO merkle_nodes (level, index, hash) VALUES ($1, $2, $3)', [level, index, hash]);
  if ((index + 1) % NODE_WIDTH !== 0) return;
  const first = index + 1 - NODE_WIDTH;
  const below = await db.query<{ hash: Buffer }>(
    'SELECT hash FROM merkle_nodes WHERE level = $1 AND index >= $2 AND index <= $3 ORDER BY index',
    [level, first, index],
  );
  await storeNode(db, level + 1, first / NODE_WIDTH, rootOf(below.map((row) => row.hash)));
}
