import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { OperatorError, type SqlDatabase } from '#platform';
import { DEFAULT_TENANT } from '../names.js';
import { openBytes, sealBytes, type SealingKey } from './sealed-text.js';

/** Whose data a key seals: one portfolio's, or what of a tenant concerns no portfolio. */
export interface PersonalSubject {
  readonly tenant: string;
  /** '' for none */
  readonly portfolioId: string;
}

export interface PersonalKeysOptions {
  /** 32 bytes each: the first seals the keys in the table, the others still open what they sealed; none keeps them plain */
  readonly masterKeys?: readonly Buffer[];
  readonly now?: () => number;
}

interface KeyRow {
  readonly key_id: string;
  readonly key: Buffer | null;
  readonly master_key: string | null;
}

interface Known<T> {
  readonly until: number;
  readonly value: T;
}

/** how long another process may go on with a key after it was shredded; not longer, because a key is looked up again then */
export const KEY_KEPT_MS = 5_000;
const KEPT_MAX = 10_000;

/** The keys of the table personal_keys, kept for seconds. */
export class PersonalKeys {
  private readonly current = new Map<string, Known<SealingKey>>();
  private readonly byId = new Map<string, Known<Buffer | 'SHREDDED' | null>>();
  private readonly masters: ReadonlyMap<string, Buffer>;
  private readonly now: () => number;

  constructor(
    private readonly db: SqlDatabase,
    { masterKeys = [], now = () => performance.now() }: PersonalKeysOptions = {},
  ) {
    this.masters = new Map(masterKeys.map((key) => [nameOfMaster(key), key]));
    this.now = now;
  }

  /** @throws OperatorError where keys in use are sealed with a master key that is not given */
  async check(): Promise<void> {
    const rows = await this.db.query<{ master_key: string }>(
      'SELECT DISTINCT master_key FROM personal_keys WHERE key IS NOT NULL AND master_key IS NOT NULL',
    );
    const missing = rows.find(({ master_key }) => !this.masters.has(master_key));
    if (missing === undefined) return;
    throw new OperatorError(
      `The keys of personal fields are sealed with the master key ${missing.master_key}, which PERSONAL_MASTER_KEYS does not have: give it too.`,
    );
  }

  /** The key that seals now, made where there is none. */
  async sealingKey(subject: PersonalSubject): Promise<SealingKey> {
    const name = `${subject.tenant}\u0000${subject.portfolioId}`;
    const kept = this.kept(this.current, name);
    if (kept !== undefined) return kept;
    const key = (await this.findCurrent(subject)) ?? (await this.make(subject));
    this.keep(this.current, name, key);
    return key;
  }

  /** A key by its name; SHREDDED where it is gone for good, null where nobody knows it or its master key is not given. */
  async find(keyId: string): Promise<Buffer | 'SHREDDED' | null> {
    const kept = this.kept(this.byId, keyId);
    if (kept !== undefined) return kept;
    const [row] = await this.db.query<KeyRow>(
      'SELECT key_id, key, master_key FROM personal_keys WHERE key_id::text = $1',
      [keyId],
    );
    const key = row === undefined ? null : row.key === null ? 'SHREDDED' : this.opened(row);
    this.keep(this.byId, keyId, key);
    return key;
  }

  /**
   * Makes unreadable for good what is sealed for a portfolio, or for everything of a tenant. What is appended later is
   * sealed with a new key. With the tenant `default` go the names of those who asked for replays, and the idempotency
   * records, which hold such names too: a request that is repeated after it is a new one.
   *
   * @param portfolioId null for the whole tenant
   * @returns how many keys there were
   */
  async shred(tenant: string, portfolioId: string | null): Promise<number> {
    const count = await this.db.transaction(async (transaction) => {
      const rows = await transaction.query(
        `UPDATE personal_keys SET key = NULL, shredded_at = now()
         WHERE tenant = $1 AND ($2::text IS NULL OR portfolio_id = $2) AND shredded_at IS NULL RETURNING 1`,
        [tenant, portfolioId],
      );
      // the other places where who asked is kept, which know no tenants: jobs, and whose an idempotency key is
      if (tenant === DEFAULT_TENANT && portfolioId === null) {
        await transaction.query(`UPDATE replays SET actor = $1 WHERE actor <> $1`, [SHREDDED]);
        await transaction.query(`DELETE FROM idempotency_records`);
      }
      return rows.length;
    });
    this.current.clear();
    this.byId.clear();
    return count;
  }

  private async findCurrent({ tenant, portfolioId }: PersonalSubject): Promise<SealingKey | null> {
    const [row] = await this.db.query<KeyRow>(
      `SELECT key_id, key, master_key FROM personal_keys
       WHERE tenant = $1 AND portfolio_id = $2 AND shredded_at IS NULL`,
      [tenant, portfolioId],
    );
    if (row === undefined) return null;
    const bytes = this.opened(row);
    if (bytes === null) throw new Error(`The personal key ${row.key_id} does not open with the master keys given.`);
    return { id: row.key_id, bytes };
  }

  /** Of two processes that make one at the same moment, one does. */
  private async make(subject: PersonalSubject): Promise<SealingKey> {
    const key = { id: randomUUID(), bytes: randomBytes(32) };
    const [master] = this.masters;
    await this.db.query(
      `INSERT INTO personal_keys (key_id, tenant, portfolio_id, key, master_key) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (tenant, portfolio_id) WHERE shredded_at IS NULL DO NOTHING`,
      [
        key.id,
        subject.tenant,
        subject.portfolioId,
        master === undefined ? key.bytes : sealBytes(master[1], key.id, key.bytes),
        master?.[0] ?? null,
      ],
    );
    const current = await this.findCurrent(subject);
    if (current === null) throw new Error('A personal key was shredded as it was made: try again.');
    return current;
  }

  private opened({ key_id, key, master_key }: KeyRow): Buffer | null {
    if (key === null) return null;
    if (master_key === null) return key;
    const master = this.masters.get(master_key);
    return master === undefined ? null : openBytes(master, key_id, key);
  }

  private kept<T>(map: Map<string, Known<T>>, name: string): T | undefined {
    const known = map.get(name);
    return known !== undefined && this.now() < known.until ? known.value : undefined;
  }

  private keep<T>(map: Map<string, Known<T>>, name: string, value: T): void {
    if (map.size >= KEPT_MAX) map.clear();
    map.set(name, { until: this.now() + KEY_KEPT_MS, value });
  }
}

/** Where a shredded field stood. */
export const SHREDDED = '[shredded]';

/** Tells which master key sealed a key, and nothing of it. */
const nameOfMaster = (key: Buffer): string =>
  createHash('sha256').update('coordination-master-key/1').update(key).digest('hex').slice(0, 16);
