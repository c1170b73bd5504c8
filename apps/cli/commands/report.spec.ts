import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accuracyOf, sharpeOf } from '../../query/outcomes/accuracy-report.js';
import { cli } from '../cli.fixture.js';
import { equityOf, type PerformanceReport } from '../report/performance/performance-report.js';

const EVIL = '<script>alert(1)</script>';
const range = { from: '2025-06-01T00:00:00Z', to: '2025-07-01T00:00:00Z' };
const parts = { selection: 700, timing: 200, execution: -40, costs: -60, total: 800, decisions: 3 };
const days = [
  { day: '2025-06-02', decisions: 1, profit: 1000, costs: 20, return: 0.001 },
  { day: '2025-06-03', decisions: 1, profit: -500, costs: 20, return: -0.0005 },
  { day: '2025-06-04', decisions: 1, profit: 300, costs: 20, return: 0.0003 },
];
const scores = days.map(({ day }, i) => ({
  key: EVIL,
  day,
  score: 0.1 * i,
  realised: 0.01,
  confidence: 0.6,
  horizon_days: 5,
  hit: i > 0,
}));
const accuracy = accuracyOf(EVIL, scores);
const { hit_rate, information_coefficient } = accuracy;
const card = {
  source: EVIL,
  signals: 3,
  measured: 3,
  accepted: 2,
  first_signal_at: range.from,
  last_signal_at: range.to,
  hit_rate,
  information_coefficient,
  profit: 800,
  reliability: null,
};
const answers: Readonly<Record<string, object>> = {
  '/attribution': {
    ...range,
    by: 'source',
    profit: parts,
    groups: [{ key: EVIL, ...parts }],
    limits: [{ reason_code: 'TURNOVER', refused: 4, quantified: 2, cost: 12, hits: 1 }],
    days,
  },
  '/accuracy': {
    ...range,
    by: 'source',
    signals: [accuracy],
    decisions: [],
    all_decisions: accuracy,
    profit: sharpeOf(days, 1),
  },
  '/sources': { ...range, sources: [card] },
  '/audit/checkpoints': {
    public_key: 'key',
    checkpoints: [{ size: '9', checkpoint: 'log\n9\nhash', public_key: 'key' }],
  },
};

describe('coordination report', () => {
  const folder = mkdtempSync(join(tmpdir(), 'report-'));
  const asked: string[] = [];
  let server: Server;
  let url: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.url!);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(answers[request.url!.split('?')[0]!] ?? {}));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });

  it('is one file of plots, tables and the checkpoint; names are shown and never run; nothing is from elsewhere', async () => {
    const out = join(folder, 'r.html');
    const { code, out: said } = await cli(
      'report',
      '--url',
      url,
      '--from',
      range.from,
      '--portfolio',
      'main',
      '--out',
      out,
    );
    expect([code, said]).toEqual([0, `${out}: 3 measured decisions, profit 800.00\n`]);
    const html = readFileSync(out, 'utf8');
    expect(html).not.toContain('<script');
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html).not.toMatch(/(src|href)=|url\(|@import/);
    expect(html.match(/<svg /g)).toHaveLength(3);
    for (const text of ['TURNOVER', 'log\n9\nhash', 'portfolio main', '0.667']) expect(html).toContain(text);
    expect(asked.find((path) => path.startsWith('/attribution'))).toContain('portfolio_id=main');
  });

  it('is JSON where that is asked for, with equity and drawdown', async () => {
    const { code, out } = await cli('report', '--url', url, '--json', '--out', '-');
    expect(code).toBe(0);
    const report = JSON.parse(out) as PerformanceReport;
    expect(report.equity).toEqual([
      { day: '2025-06-02', profit: 1000, drawdown: 0 },
      { day: '2025-06-03', profit: 500, drawdown: -500 },
      { day: '2025-06-04', profit: 800, drawdown: -200 },
    ]);
    expect(equityOf([])).toEqual([]);
  });

  it.each([
    [['--from', 'yesterday'], 2, 'a time in UTC'],
    [['--out', join(folder, 'no', 'folder.html')], 1, 'cannot be written'],
  ])('says what is wrong with %j', async (options, code, text) => {
    const answer = await cli('report', '--url', url, ...options);
    expect([answer.code, answer.notes]).toEqual([code, expect.stringContaining(text)]);
  });
});
