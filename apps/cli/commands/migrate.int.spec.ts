import { withPostgres } from '#testing';
import { cli } from '../cli.fixture.js';

describe('coordination migrate', () => {
  const postgres = withPostgres();
  const names = ['DATABASE_URL', 'MIGRATION_DATABASE_URL', 'MARKET_DATA_DATABASE_URL', 'READ_DATABASE_URL'];
  const before = names.map((name) => [name, process.env[name]] as const);
  beforeAll(() => {
    for (const name of names) delete process.env[name];
  });
  afterAll(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  it('asks where the databases are', async () => {
    expect(await cli('migrate')).toMatchObject({
      code: 2,
      notes: expect.stringContaining('DATABASE_URL is not set') as unknown,
    });
  });

  it('tells what is to be done, does it once, and is done', async () => {
    process.env['DATABASE_URL'] = postgres.url;
    const told = await cli('migrate', '--check');
    expect(told).toMatchObject({
      code: 3,
      out: expect.stringContaining('command: at 0; not applied: 0001-event-store,') as unknown,
    });
    const [first, second] = await Promise.all([cli('migrate', '--json'), cli('migrate', '--json')]);
    expect([first.code, second.code]).toEqual([0, 0]);
    const applied = [first, second].flatMap(
      ({ out }) => (JSON.parse(out) as { readonly command: { readonly applied: readonly string[] } }).command.applied,
    );
    // two at once share the work
    expect(applied).toContain('0001-event-store');
    expect(new Set(applied).size).toBe(applied.length);
    expect((await cli('migrate', '--check')).code).toBe(0);
    expect((await cli('migrate')).out).toContain('query: at ');
  });

  it('says in a sentence that a database cannot be reached', async () => {
    process.env['DATABASE_URL'] = 'postgres://u:hidden@127.0.0.1:1/d';
    const { code, notes } = await cli('migrate');
    expect(code).toBe(1);
    expect(notes).not.toContain('hidden');
  });
});
