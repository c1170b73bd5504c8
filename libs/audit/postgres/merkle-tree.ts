import type { SqlExecutor } from '#platform';
import { rootOf } from '../merkle/frontier.js';
import { EMPTY_ROOT, leafHash, nodeHash, splitPoint } from '../merkle/hashes.js';
import type { Subtree } from '../merkle/proofs.js';

/** leaves below a stored node of level 1, and nodes below each further level */
export const NODE_WIDTH = 256;

/** Roots of parts of the log's Merkle tree, from the stored nodes where there are any and else from the events' hashes. */
export function merkleTree(db: SqlExecutor): Subtree {
  const subtree: Subtree = async (from, to) => {
    const size = to - from;
    if (size === 0) return EMPTY_ROOT;
    if (size < NODE_WIDTH) return rootOf(await readLeaves(db, from, to));
    const whole = isPowerOfTwo(size) ? await fromNodes(db, from, to) : null;
    if (whole !== null) return whole;
    if (size === NODE_WIDTH) return rootOf(await readLeaves(db, from, to));
    const middle = from + splitPoint(size);
    return nodeHash(await subtree(from, middle), await subtree(middle, to));
  };
  return subtree;
}

/** A complete subtree, from the stored nodes of the highest level within it; null where they are not there. */
async function fromNodes(db: SqlExecutor, from: number, to: number): Promise<Buffer | null> {
  let [level, width] = [1, NODE_WIDTH];
  for (; width * NODE_WIDTH <= to - from; level++) width *= NODE_WIDTH;
  const rows = await db.query<{ hash: Buffer }>(
    'SELECT hash FROM merkle_nodes WHERE level = $1 AND index >= $2 AND index < $3 ORDER BY index',
    [level, from / width, to / width],
  );
  return rows.length === (to - from) / width ? rootOf(rows.map((row) => row.hash)) : null;
}

async function readLeaves(db: SqlExecutor, from: number, to: number): Promise<Buffer[]> {
  const rows = await db.query<{ hash: Buffer }>(
    `SELECT e.hash FROM log l JOIN events e ON e.tenant = l.tenant AND e.stream = l.stream AND e.version = l.version
     WHERE l.position > $1 AND l.position <= $2 ORDER BY l.position`,
    [from, to],
  );
  if (rows.length !== to - from) throw new Error(`Of the events ${from + 1} to ${to} only ${rows.length} are there.`);
  return rows.map((row) => leafHash(row.hash));
}

function isPowerOfTwo(n: number): boolean {
  let power = 1;
  while (power < n) power *= 2;
  return power === n;
}
