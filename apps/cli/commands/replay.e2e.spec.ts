import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { SqlDatabase } from '#platform';
import { withPostgres } from '#testing';
import { type CommandApp, openCommandApp } from '../../command/e2e/command-app.js';
import { sampleRequest } from '../../command/e2e/sample-request.js';
import { cli } from '../cli.fixture.js';

const postgres = withPostgres();

describe('coordination replay', () => {
  const folder = mkdtempSync(join(tmpdir(), 'replay-'));
  let db: SqlDatabase;
  let command: CommandApp;
  let url: string;
  beforeAll(async () => {
    db = await postgres.open();
    command = await openCommandApp(db, postgres.url);
    await command.app.listen(0, '127.0.0.1');
    url = await command.app.getUrl();
    for (let n = 0; n < 3; n++) await command.post('/coordinate', sampleRequest());
  });
  afterAll(async () => {
    await command.close();
    rmSync(folder, { recursive: true });
  });

  it('says that every byte is the recorded one', async () => {
    const { code, out, notes } = await cli('replay', '--url', url);
    expect([code, out]).toEqual([0, '3 coordinations decided again: every byte is the recorded one.\n']);
    expect(notes).toContain('replay: 3 of 3 coordinations');
  });

  it('compares under other parameters', async () => {
    const file = join(folder, 'tight.json');
    await writeFile(file, JSON.stringify({ max_position_size: 0.001 }));
    const { code, out } = await cli('replay', '--url', url, '--parameters', file);
    expect(code).toBe(0);
    expect(out).toMatch(/^3 coordinations compared: \d+ trades would be others, in 3 coordinations; 0 have no answer/);
    expect(out).toMatch(/portfolio_utilization +[\d.e-]+ +[\d.e-]+ +-[\d.e-]+/);
  });

  it('refuses an empty range, and a service that is not there', async () => {
    const empty = await cli('replay', '--url', url, '--portfolio', 'nobody');
    expect([empty.code, empty.notes]).toEqual([2, expect.stringContaining('/range: holds no coordination') as string]);
    const nowhere = await cli('replay', '--url', 'http://127.0.0.1:1');
    expect([nowhere.code, nowhere.notes]).toEqual([1, expect.stringContaining('nothing answers') as string]);
  });

  it.each(['0', '-1', 'x', '1.5', ''])(
    'refuses the position "%s" by itself, before it asks the service',
    async (position) => {
      for (const option of ['--from-position', '--to-position']) {
        const refused = await cli('replay', '--url', 'http://127.0.0.1:1', `${option}=${position}`);
        expect([refused.code, refused.notes]).toEqual([2, expect.stringContaining(option) as string]);
        expect(refused.notes).toContain('It must be a position: a whole number from 1.');
      }
    },
  );

  it('replays from a position on', async () => {
    const { out } = await cli('replay', '--url', url, '--from-position', '3');
    expect(out).toBe('2 coordinations decided again: every byte is the recorded one.\n');
  });

  it('shows the first difference, and ends with code 3', async () => {
    await db.query('ALTER TABLE events DISABLE TRIGGER ALL');
    await db.query(
      `UPDATE events SET data = replace(data, '"quantity":', '"quantity":1') WHERE stream LIKE '%_002' AND version = 2`,
    );
    const { code, out, notes } = await cli('replay', '--url', url);
    expect(code).toBe(3);
    expect(out).toContain('2 gave the recorded bytes, 1 did not');
    expect(out).toMatch(/\/outcome\/decisions\/\d+\/quantity: \d+ -> \d+/);
    expect(notes).toContain('not every recorded coordination was given again');
    const json = await cli('replay', '--url', url, '--json');
    expect(JSON.parse(json.out)).toMatchObject({ status: 'COMPLETED', report: { verified: 2, different: 1 } });
  });
});
