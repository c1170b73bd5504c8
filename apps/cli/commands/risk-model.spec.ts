import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sampleRiskModelReport } from '#testing';
import { cli } from '../cli.fixture.js';

describe('coordination risk-model', () => {
  const model = { model_id: 'ab'.repeat(32), version: 3, as_of: '2025-06-20', regime: 'CALM', instruments: 3 };
  const answers: Readonly<Record<string, unknown>> = {
    'POST /risk-models': { ...model, published: true, report: sampleRiskModelReport() },
    'GET /risk-model/current': { ...model, published_at: '2025-06-21T10:00:00.000Z' },
    'GET /risk-models?limit=5': {
      risk_models: [{ ...model, published_at: '2025-06-21T10:00:00.000Z', warnings: ['one'] }],
    },
    'GET /risk-models?limit=20': { risk_models: [] },
  };
  let server: Server;
  let url: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const answer = answers[`${request.method} ${request.url}`];
      response.statusCode = answer === undefined ? 404 : 200;
      response.end(JSON.stringify(answer ?? { detail: 'No such thing.' }));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((closed) => server.close(closed)));
  const run = (...args: string[]) => cli('risk-model', ...args, '--url', url);

  it('builds, and says what was left out and how the model would have forecast', async () => {
    const { code, out } = await run('build');
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'Risk model 3 (published): 3 instruments as of 2025-06-20, market CALM.',
      `  ${model.model_id}`,
      'Data: 1100 bars on 367 trading days; 2 missing, 1 invalid, 1 outliers, 1 stale stretches, 1 days that were none.',
      '  AAPL 2025-01-15: 2000 after 200 (SPIKE)',
      'Estimate: 2 factors of 366 days, shrunk by 20 % toward a correlation of 0.30.',
      'Self-test on 114 days from 2024-12-31: bias 1.40 (equal weights), 1.10 (long), 1.00 (long-short); Mahalanobis 1.20; QLIKE -7.600, of a plain deviation -7.500.',
      'Warning: No current price of XOM: the model holds the last one.',
      'Warning: The bias of the equally weighted portfolio is 1.400, outside of 0.7 to 1.35.',
      '',
    ]);
    expect(JSON.parse((await run('build', '--json')).out)).toEqual(answers['POST /risk-models']);
  });

  it('shows the current model, and the history', async () => {
    expect((await run('show')).out).toContain('published 2025-06-21T10:00:00.000Z');
    expect((await run('show')).out).toContain('came from elsewhere');
    const history = await run('history', '--limit', '5');
    expect(history.out).toMatch(/3\s.*2025-06-20\s.*CALM\s.*3\s.*2025-06-21T10:00:00.000Z\s.*1\s.*abababababab/);
    expect((await run('history')).out).toBe('No risk model has been published.\n');
    expect(JSON.parse((await run('history', '--limit', '5', '--json')).out)).toEqual(
      answers['GET /risk-models?limit=5'],
    );
  });

  it('says what is wrong', async () => {
    expect((await run('history', '--limit', '0')).code).toBe(2);
    const refused = await cli('risk-model', 'show', '--url', `${url}/elsewhere`);
    expect([refused.code, refused.notes]).toEqual([2, 'coordination: the service answered 404: No such thing.']);
  });
});
