import type { SqlExecutor } from '#platform';

import type { RelayCheckpoint } from './relay.js';

/** In the table relay_checkpoints, beside the log; it never goes back. */
export function createSqlRelayCheckpoint(db: SqlExecutor, name: string): RelayCheckpoint {
  return {
    async load() {
      const [row] = await db.query<{ position: string }>(
        'SELECT position::text AS position FROM relay_checkpoints WHERE name = $1',
        [name],
      );
      return BigInt(row?.position ?? 0);
    },
    async save(position) {
      await db.query(
        `INSERT INTO relay_checkpoints (name, position) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET updated_at = now(), position = greatest(relay_checkpoints.position, excluded.position)`,
        [name, position],
      );
    },
  };
}
