import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CoordinationRequest } from '#domain';
import { demonstration } from '#market-data';
import { cli } from './cli.fixture.js';
import { demoRequest } from './commands/demo.js';

const folder = mkdtempSync(join(tmpdir(), 'cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const problem = {
  format: 'coordination-problem/1',
  instruments: ['A', 'B'],
  alpha: [0.01, 0],
  covariance: { loadings: [[0], [0]], specific: [0.01, 0.01] },
  risk_aversion: 10,
  initial: [0, 0],
  lower: [0, 0],
  upper: [0.5, 0.5],
  invested: { min: 0, max: 1 },
};

describe('coordination', () => {
  it('teaches by --help, for every command', async () => {
    const help = await cli('--help');
    expect(help.code).toBe(0);
    for (const word of ['coordinate', 'prepare', 'demo', 'solve', 'Exit codes']) expect(help.out).toContain(word);
    for (const command of ['coordinate', 'prepare', 'demo', 'solve', 'replay']) {
      const text = await cli(command, '--help');
      expect([text.code, text.out.length > 300]).toEqual([0, true]);
    }
  });

  it.each([
    [['nonsense']],
    [['coordinate']],
    [['solve', 'a', '--what']],
    [['prepare', 'x', '--as-of', '2017', '--out', 'y']],
  ])('refuses the command line %j with code 2', async (args) => {
    const { code, out, notes } = await cli(...args);
    expect([code, out]).toEqual([2, '']);
    expect(notes).toContain('error:');
  });
});

describe('coordination solve', () => {
  it('prints the solution document', async () => {
    const { code, out } = await cli('solve', file('problem.json', problem), '--json');
    expect(code).toBe(0);
    const solution = JSON.parse(out) as { format: string; status: string; w: number[]; solve_ms: number };
    expect(solution).toMatchObject({ format: 'coordination-solution/1', status: 'OPTIMAL' });
    expect(solution.w[0]).toBeCloseTo(0.1, 6);
    expect(solution.solve_ms).toBeGreaterThan(0);
    expect(JSON.parse((await cli('solve', join(folder, 'problem.json'))).out)).toMatchObject({ w: solution.w });
  });

  it('refuses a document that is not valid with a pointer to each fault, code 2', async () => {
    const { code, out, notes } = await cli('solve', file('bad.json', { ...problem, lower: [0, 0.6], alpha: [1] }));
    expect([code, out]).toEqual([2, '']);
    expect(notes).toContain('/alpha: ');
    expect(notes).toContain('/lower/1: ');
  });

  it('refuses what is not JSON with code 2, and a missing file with code 1', async () => {
    expect(await cli('solve', file('not.json', '{'))).toMatchObject({
      code: 2,
      notes: expect.stringContaining('is not JSON') as string,
    });
    expect(await cli('solve', join(folder, 'absent.json'))).toMatchObject({
      code: 1,
      notes: expect.stringContaining('ENOENT') as string,
    });
  });
});

describe('coordination coordinate', () => {
  const request = demoRequest(demonstration());

  it('coordinates a whole request offline, as a report or as JSON', async () => {
    const path = file('request.json', request);
    const { code, out } = await cli('coordinate', path, '--offline', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      status: 'OPTIMAL',
      coordination_summary: { total_signals_processed: 100 },
    });
    const report = await cli('coordinate', path, '--offline');
    expect(report.out).toContain('Refused because');
    expect((await cli('demo', '--json')).out).toBe(out);
    expect(JSON.parse((await cli('demo', '--request')).out)).toEqual(JSON.parse(JSON.stringify(request)));
  });

  it.each<[string, (r: CoordinationRequest) => unknown, string]>([
    [
      'without a portfolio',
      ({ portfolio_state: _, ...rest }) => ({ ...rest, portfolio_id: 'p' }),
      '/portfolio_state: ',
    ],
    ['without a time', ({ as_of: _, ...rest }) => rest, '/as_of: '],
    ['with a stored configuration', (r) => ({ ...r, config_name: 'x' }), '/config_name: '],
    ['with a strength of 2', (r) => ({ ...r, signals: [{ ...r.signals[0], strength: 2 }] }), '/signals/0/strength: '],
    ['that is a list', () => [], '(document): '],
  ])('refuses a request %s offline with code 2', async (_, change, pointer) => {
    const { code, out, notes } = await cli('coordinate', file('changed.json', change(request)), '--offline');
    expect([code, out]).toEqual([2, '']);
    expect(notes).toContain(`  ${pointer}`);
  });

  describe('with a service', () => {
    const received: string[] = [];
    let answer: { status: number; body: unknown };
    let server: Server;
    let url: string;

    beforeAll(async () => {
      server = createServer((incoming, reply) => {
        let body = '';
        incoming.on('data', (chunk: Buffer) => (body += chunk.toString()));
        incoming.on('end', () => {
          received.push(`${incoming.method} ${incoming.url} ${incoming.headers.authorization ?? 'nobody'} ${body}`);
          reply.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    afterAll(() => new Promise((resolve) => server.close(resolve)));

    it('posts the file as it is and prints what comes back', async () => {
      answer = { status: 201, body: { coordination_id: 'coord_20250620_001' } };
      const path = file('small.json', { signals: [], portfolio_id: 'p' });
      const { code, out } = await cli('coordinate', path, '--url', `${url}/`, '--json');
      expect([code, out]).toEqual([0, '{"coordination_id":"coord_20250620_001"}\n']);
      expect(received.at(-1)).toBe(`POST /coordinate nobody ${readFileSync(path, 'utf8')}`);
      process.env['COORDINATION_API_KEY'] = 'a-key';
      await cli('coordinate', path, '--url', url, '--json');
      delete process.env['COORDINATION_API_KEY'];
      expect(received.at(-1)).toMatch(/^POST \/coordinate Bearer a-key /);
    });

    it('passes on a refusal with its pointers, code 2, and a failure, code 1', async () => {
      const path = file('small.json', { signals: [] });
      answer = { status: 422, body: { detail: 'Not so.', errors: [{ pointer: '/signals', message: 'too few' }] } };
      const refused = await cli('coordinate', path, '--url', url);
      expect([refused.code, refused.notes]).toEqual([
        2,
        'coordination: the service answered 422: Not so.\n  /signals: too few',
      ]);
      answer = { status: 503, body: { title: 'Busy' } };
      expect((await cli('coordinate', path, '--url', url)).code).toBe(1);
    });

    it('says what to do where nothing answers', async () => {
      const { code, notes } = await cli('coordinate', file('small.json', {}), '--url', 'http://127.0.0.1:1');
      expect(code).toBe(1);
      expect(notes).toContain('nothing answers at http://127.0.0.1:1/coordinate');
      expect(notes).toContain('--url');
    });
  });
});

describe('coordination prepare', () => {
  it('makes the same request of the same folder, and says what is wrong with another', async () => {
    const days = Array.from({ length: 90 }, (_, t) => new Date(Date.UTC(2024, 0, 1 + t)).toISOString().slice(0, 10));
    const rows = days.map((day, t) => `${day},${100 + (t % 7)},${50 + t / 10},${80 - (t % 5)}`);
    file('prices.csv', `date,A,B,C\n${rows.join('\n')}\n`);
    const args = ['prepare', folder, '--as-of', '2024-03-15', '--signals', '4', '--nav', '1e6', '--out'];
    const first = await cli(...args, '-');
    expect(first.code).toBe(0);
    expect((await cli(...args, '-')).out).toBe(first.out);
    const written = await cli(...args, join(folder, 'out.json'));
    expect(written.notes).toContain('as of 2024-03-15T21:00:00.000Z, 3 instruments');
    expect(readFileSync(join(folder, 'out.json'), 'utf8')).toBe(first.out);
    expect((await cli('coordinate', join(folder, 'out.json'), '--offline', '--json')).code).toBe(0);
    expect(await cli('prepare', folder, '--as-of', '2023-01-01', '--out', '-')).toMatchObject({
      code: 2,
      notes: expect.stringContaining('no bars on or before 2023-01-01') as string,
    });
    expect(await cli('prepare', join(folder, 'none'), '--as-of', '2024-03-15', '--out', '-')).toMatchObject({
      code: 1,
      notes: expect.stringContaining('neither prices.csv nor prices.csv.gz') as string,
    });
  });
});
