import { randomBytes } from 'node:crypto';
import type { RecordedEvent } from '#domain';
import { migrate, migrationsFolder, OperatorError, type SqlDatabase } from '#platform';
import { withPostgres } from '#testing';
import { type Append, createEventStore, PersonalKeys, type PostgresEventStore, SHREDDED } from '../index.js';
import { KEY_KEPT_MS, type PersonalKeysOptions } from './personal-keys.js';

const metadata = { correlation_id: 'c', actor: 'ada.lovelace', engine_version: '3', runtime_version: 'node' };

const signal = (n: number, more: object = {}) => ({
  signal_id: `s${n}`,
  source: 'source',
  instrument_id: 'AAA',
  action: 'BUY',
  strength: 1,
  confidence: 1,
  generated_at: '2025-06-21T10:00:00Z',
  ...more,
});

const SIGNALS = [
  signal(0, { metadata: { client: 'Ada Lovelace', nested: [1, { phone: '+44 20' }] } }),
  signal(1),
  signal(2, { metadata: {} }),
  signal(3, { metadata: { sealed: 'sealed:1:not really' } }),
];

const requested = (portfolio_id: string, id: string, actor = metadata.actor): Append => ({
  streams: [
    {
      stream: `coordination-${id}`,
      expectedVersion: 0,
      events: [
        {
          type: 'coordination_requested',
          schemaVersion: 2,
          data: {
            coordination_id: id,
            portfolio_id,
            as_of: '2025-06-21T10:00:00Z',
            request: { signals: SIGNALS, portfolio_id },
            learned_state_id: 'prior',
            engine_version: '3',
          } as never,
        },
      ],
    },
  ],
  metadata: { ...metadata, actor },
});

const disabled = (name: string, actor = metadata.actor, tenant = 'default'): Append => ({
  tenant,
  streams: [
    {
      stream: `configuration-${name}`,
      expectedVersion: 0,
      events: [{ type: 'configuration_disabled', schemaVersion: 1, data: { config_name: name, version: 1 } }],
    },
  ],
  metadata: { ...metadata, actor },
});

describe('personal fields of events', () => {
  const postgres = withPostgres();
  let db: SqlDatabase;

  beforeAll(async () => {
    db = await postgres.open();
    await migrate(db, migrationsFolder('command'), { lockKey: 1 });
  });
  beforeEach(() =>
    db.query(`SET LOCAL session_replication_role = replica; TRUNCATE events, pending, log, personal_keys;
      UPDATE sequencer SET last_position = 0, last_hash = decode(repeat('00', 32), 'hex')`),
  );

  const open = (options: PersonalKeysOptions = {}) => {
    const keys = new PersonalKeys(db, options);
    return { keys, store: createEventStore(db, { personalKeys: keys }) };
  };
  const stored = async (): Promise<string> =>
    JSON.stringify(await db.query('SELECT data, metadata FROM events ORDER BY stream'));
  const shown = async (store: PostgresEventStore, stream: string): Promise<RecordedEvent> =>
    (await store.readStream(stream, { personalFields: 'OPENED' }))[0] as RecordedEvent;
  const metadataOf = (event: RecordedEvent) =>
    (event.data as unknown as { request: { signals: { metadata?: object }[] } }).request.signals.map(
      (each) => each.metadata,
    );

  it('are stored sealed, read sealed, and opened for who asks', async () => {
    const { store } = open();
    await store.append(requested('main', 'c1'));
    expect(await stored()).not.toMatch(/ada[ .]lovelace|phone/i);
    const [sealed] = await store.readLog(0n, 1);
    expect(sealed?.metadata.actor).toMatch(/^sealed:1:/);
    const [unasked] = await store.readStream('coordination-c1');
    expect(JSON.stringify([unasked?.data, unasked?.metadata])).not.toMatch(/ada[ .]lovelace|phone/i);
    const event = await shown(store, 'coordination-c1');
    expect(event.metadata).toEqual(metadata);
    expect(metadataOf(event)).toEqual([
      SIGNALS[0]?.['metadata' as never],
      undefined,
      {},
      SIGNALS[3]?.['metadata' as never],
    ]);
  });

  it('are untouched where nothing is personal: no key is made, and none is looked for', async () => {
    const { store } = open();
    for (const actor of ['local', 'schedule', 'demonstration']) await store.append(disabled(actor, actor));
    expect(await stored()).toContain('local');
    expect(await db.query('SELECT FROM personal_keys')).toEqual([]);
  });

  it('of a portfolio are gone once it is shredded; those of others, and of what comes later, are not', async () => {
    const { keys, store } = open();
    await store.append(requested('main', 'c1'));
    await store.append(requested('other', 'c2'));
    const before = await stored();
    expect(await keys.shred('default', 'main')).toBe(1);
    const event = await shown(store, 'coordination-c1');
    expect(event.metadata).toEqual({ ...metadata, actor: SHREDDED });
    expect(metadataOf(event)).toEqual([{ sealed: SHREDDED }, undefined, {}, { sealed: SHREDDED }]);
    expect((await shown(store, 'coordination-c2')).metadata).toEqual(metadata);
    expect(await stored()).toBe(before);
    await store.append(requested('main', 'c3'));
    expect((await shown(store, 'coordination-c3')).metadata).toEqual(metadata);
    expect(await keys.shred('default', 'main')).toBe(1);
    expect(await keys.shred('default', 'main')).toBe(0);
    expect(await db.query('SELECT key FROM personal_keys WHERE shredded_at IS NOT NULL')).toEqual([
      { key: null },
      { key: null },
    ]);
  });

  it('of a tenant are gone with everything of it, and nothing of another one', async () => {
    const { keys, store } = open();
    await store.append(requested('main', 'c1'));
    await store.append(disabled('a'));
    await store.append(disabled('a', 'grace', 'other'));
    expect(await keys.shred('default', null)).toBe(2);
    expect((await shown(store, 'configuration-a')).metadata.actor).toBe(SHREDDED);
    expect((await shown(store, 'coordination-c1')).metadata.actor).toBe(SHREDDED);
    const [other] = await store.readStream('configuration-a', { tenant: 'other', personalFields: 'OPENED' });
    expect(other?.metadata.actor).toBe('grace');
  });

  it('are forgotten by other processes within seconds, and made anew by one of them', async () => {
    let now = 0;
    const [one, two] = [open({ now: () => now }), open({ now: () => now })];
    await Promise.all([one.store.append(requested('main', 'c1')), two.store.append(requested('main', 'c2'))]);
    expect(await db.query('SELECT FROM personal_keys')).toHaveLength(1);
    expect((await shown(two.store, 'coordination-c1')).metadata).toEqual(metadata);
    await one.keys.shred('default', 'main');
    expect((await shown(one.store, 'coordination-c1')).metadata.actor).toBe(SHREDDED);
    now = KEY_KEPT_MS;
    expect((await shown(two.store, 'coordination-c1')).metadata.actor).toBe(SHREDDED);
    await two.store.append(requested('main', 'c3'));
    expect((await shown(one.store, 'coordination-c3')).metadata).toEqual(metadata);
  });

  it('are sealed by keys that a master key seals, where one is given; a former one goes on opening', async () => {
    const [former, master] = [randomBytes(32), randomBytes(32)];
    await open({ masterKeys: [former] }).store.append(requested('main', 'c1'));
    const rotated = open({ masterKeys: [master, former] });
    await rotated.keys.check();
    await rotated.store.append(requested('other', 'c2'));
    for (const id of ['c1', 'c2'])
      expect((await shown(rotated.store, `coordination-${id}`)).metadata).toEqual(metadata);
    expect(await db.query('SELECT FROM personal_keys WHERE octet_length(key) = 32')).toEqual([]);

    const without = open({ masterKeys: [master] });
    await expect(without.keys.check()).rejects.toThrow(OperatorError);
    await expect(without.store.append(requested('main', 'c4'))).rejects.toThrow(
      'does not open with the master keys given',
    );
    expect((await shown(without.store, 'coordination-c1')).metadata.actor).toMatch(/^sealed:1:/);
    expect(await without.keys.shred('default', 'main')).toBe(1);
  });

  it('cannot be brought back or changed: a key can be shredded, and that is all', async () => {
    const { store } = open();
    await store.append(requested('main', 'c1'));
    for (const sql of [
      `UPDATE personal_keys SET portfolio_id = 'x'`,
      `UPDATE personal_keys SET key = '\\x00'`,
      `DELETE FROM personal_keys`,
      `TRUNCATE personal_keys`,
    ]) {
      await expect(db.query(sql)).rejects.toMatchObject({ code: '42501' });
    }
    await db.query('UPDATE personal_keys SET key = NULL, shredded_at = now()');
    await expect(db.query(`UPDATE personal_keys SET key = '\\x00', shredded_at = NULL`)).rejects.toThrow(
      'A personal key can be shredded, and not be changed.',
    );
  });
});
