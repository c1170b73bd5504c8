import { createEventStore } from '#event-store';
import { withPostgres } from '#testing';
import { openCommandSide } from './command-side.js';

describe('the command side of the embedded service', () => {
  const postgres = withPostgres();
  const metadata = { correlation_id: 'c', actor: 'spec', engine_version: '2', runtime_version: 'node' };
  const data = { config_name: 'a', version: 1 };

  it('may add events and not change them, at the first start and at every other', async () => {
    for (const version of [1, 2]) {
      const { command, commandUrl } = await openCommandSide(postgres.url);
      try {
        expect(new URL(commandUrl).username).not.toBe(new URL(postgres.url).username);
        const store = createEventStore(command);
        await store.start();
        const events = [{ type: 'configuration_disabled' as const, schemaVersion: 1, data }];
        const append = { streams: [{ stream: 's', expectedVersion: version - 1, events }], metadata };
        expect(await store.append(append)).toMatchObject({ kind: 'APPENDED', position: BigInt(version) });
        const changes = [`UPDATE events SET data = '{}'`, 'DELETE FROM events', 'TRUNCATE log', 'DROP TABLE events'];
        for (const change of changes) await expect(command.query(change)).rejects.toMatchObject({ code: '42501' });
        expect(await store.readStream('s')).toHaveLength(version);
        // the bars of the same database are the application's own
        await command.query(`INSERT INTO market_instruments (instrument_id) VALUES ('I${version}')`);
        await store.stop();
      } finally {
        await command.close();
      }
    }
  });
});
