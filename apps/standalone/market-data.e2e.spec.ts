import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IngestReport } from '#market-data';
import { StandaloneProcess } from './standalone-process.js';

/** on a machine that does much else besides */
const SLOW_MS = 240_000;
const BATCH_ROWS = 20_000;

/** A service that is killed in the middle of an import: what it has answered is there, of the rest whole batches. */
describe('market data of the standalone service', () => {
  const root = mkdtempSync(join(tmpdir(), 'standalone-market-data-'));
  const folder = join(root, 'data');
  const started: StandaloneProcess[] = [];

  const start = async (): Promise<StandaloneProcess> => {
    const service = StandaloneProcess.spawn(folder, { args: ['--no-demo'] });
    started.push(service);
    await service.prints(/Ready after/);
    return service;
  };
  afterAll(async () => {
    for (const each of started) await each.signal('SIGKILL');
    rmSync(root, { recursive: true, force: true });
  });

  const rowsOf = (days: number): string[] =>
    Array.from({ length: days }, (_, t) => {
      const day = new Date(Date.UTC(2021, 0, 1 + t)).toISOString().slice(0, 10);
      return Array.from({ length: 100 }, (_, i) => `I${i},${day},${10 + t + i}\n`).join('');
    });
  const HEADER = 'instrument_id,day,close\n';
  const barsUrl = (service: StandaloneProcess) => `${service.url}/market-data/bars?create_instruments=true`;
  const post = async (service: StandaloneProcess, text: string): Promise<IngestReport> => {
    const answer = await fetch(barsUrl(service), {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body: text,
    });
    expect(answer.status).toBe(200);
    return (await answer.json()) as IngestReport;
  };
  const countInserted = async (service: StandaloneProcess): Promise<number> => {
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    return Number(/^market_data_rows_total\{outcome="inserted"\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
  };

  it(
    'keeps what it acknowledged and no half batch, and the same file sent again completes it',
    async () => {
      const rows = rowsOf(900);
      const killed = await start();
      const acknowledged = rows.slice(0, 50).join('');
      expect(await post(killed, HEADER + acknowledged)).toMatchObject({ inserted: 5_000, rejected_total: 0 });
      expect(await countInserted(killed)).toBe(5_000);

      const sending = request(barsUrl(killed), { method: 'POST', headers: { 'content-type': 'text/csv' } });
      const lost = new Promise((resolve) => sending.on('error', resolve));
      sending.write(HEADER);
      for (const day of rows.slice(50, 850)) {
        if (!sending.write(day)) await new Promise((wake) => sending.once('drain', wake));
      }
      await sleep(300);
      await killed.signal('SIGKILL');
      await lost;

      const again = await start();
      const complete = await post(again, HEADER + rows.join(''));
      expect(complete).toMatchObject({ rows: 90_000, accepted: 90_000, corrected: 0, duplicates: 0 });
      expect(complete.inserted + complete.unchanged).toBe(90_000);
      expect(complete.unchanged).toBeGreaterThanOrEqual(5_000);
      expect((complete.unchanged - 5_000) % BATCH_ROWS).toBe(0);
      for (const year of [2021, 2022, 2023]) {
        const file = join(folder, 'market-data', 'bars', `year=${year}`, 'bars.parquet');
        while (!existsSync(file)) await sleep(100);
      }
      expect(await again.signal('SIGTERM')).toBe(0);
    },
    SLOW_MS,
  );
});
