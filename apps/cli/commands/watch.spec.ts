import { spawnSync } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cli } from '../cli.fixture.js';

const record = (n: number) => ({
  coordination_id: `coord_20250621_00${n}`,
  position: `${n}`,
  timestamp: '2025-06-21T10:00:00.123Z',
  portfolio_id: 'main',
  config_name: null,
  status: 'OPTIMAL',
  coordination_quality: 0.871,
  decisions: 3,
  signals_processed: 5,
  signals_rejected: 2,
  turnover: 0.1,
  expected_cost_bps: 1,
});
const event = (n: number): string => `id: ${n}\nevent: coordination_completed\ndata: ${JSON.stringify(record(n))}\n\n`;

describe('coordination watch', () => {
  let server: Server;
  let url: string;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  const asked: (string | undefined)[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.headers['last-event-id'] as string | undefined);
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('tells each coordination in a line, says when the service goes away, and misses nothing', async () => {
    answer = (request, response) => {
      const last = Number(request.headers['last-event-id'] ?? 0);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(`: heartbeat\n\n${event(last + 1)}`);
    };
    const { code, out, notes } = await cli('watch', '--url', url, '--since', '0', '--limit', '2');
    expect(code).toBe(0);
    expect(out).toBe(
      [1, 2]
        .map(
          (n) =>
            `2025-06-21T10:00:00Z  coord_20250621_00${n}  main  OPTIMAL  3 decisions, 2 of 5 signals refused, quality 0.87\n`,
        )
        .join(''),
    );
    expect(notes).toBe('the service has gone away; asking again until it is back\nthe service is back');
    expect(asked).toEqual(['0', '1']);
  });

  it('prints JSON lines for programs', async () => {
    const { out } = await cli('watch', '--url', url, '--since', '4', '--limit', '1', '--json');
    expect(JSON.parse(out)).toEqual(record(5));
  });

  it.each([
    [['--since', 'now'], 2, 'a position of the log'],
    [['--limit', '0'], 2, 'a whole number from 1 on'],
    [['--url', 'http://127.0.0.1:1'], 1, 'nothing answers'],
  ])('ends at once with %j', async (options, code, text) => {
    const ended = await cli('watch', ...options);
    expect([ended.code, ended.notes]).toEqual([code, expect.stringContaining(text)]);
  });
});

describe('coordination completion', () => {
  it('completes commands, those below them, and options in bash', async () => {
    const { out: script } = await cli('completion', 'bash');
    const complete = (...words: string[]): string[] => {
      const line = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _coordination; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout, stderr } = spawnSync('bash', ['-c', `${script}\n${line}`], { encoding: 'utf8', cwd: '/' });
      expect(stderr).toBe('');
      return stdout.trim().split('\n');
    };
    expect(complete('coordination', 're')).toEqual(['replay', 'report', 'rebuild']);
    expect(complete('coordination', 'replay', '--co')).toEqual(['--config']);
    expect(complete('coordination', 'risk-model', '')).toEqual(expect.arrayContaining(['build', '--help']));
    expect(complete('coordination', 'import', '/et')).toEqual(['/etc']);
  });

  it('knows zsh and fish too, and no other shell', async () => {
    expect((await cli('completion', 'zsh')).out).toContain('bashcompinit');
    const fish = await cli('completion', 'fish');
    expect(fish.out).toContain("complete -c coordination -n '__fish_use_subcommand' -a explain");
    expect((await cli('completion', 'csh')).code).toBe(2);
  });
});

describe('coordination explain', () => {
  it('says which coordination there is not', async () => {
    const server = createServer((_, response) => {
      response.writeHead(404, { 'content-type': 'application/problem+json' });
      response.end(JSON.stringify({ title: 'Not found', detail: 'No coordination is called "x".' }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { code, notes } = await cli('explain', 'x', '--url', `http://127.0.0.1:${port}`);
    expect([code, notes]).toEqual([2, expect.stringContaining('No coordination is called "x".')]);
    server.closeAllConnections();
    server.close();
  });
});
