import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { CommandBus } from '@nestjs/cqrs';
import { validateImpactAnswer } from '#contracts';
import type { ImpactAnswer } from '#domain';
import { withPostgres } from '#testing';
import { internalContext } from '../command-context.js';
import { type CommandApp, openCommandApp } from '../e2e/command-app.js';
import { sampleMarket } from '../e2e/sample-request.js';
import { PublishMarketModel } from '../market-model/publish-market-model.js';
import { DAYS, dates, impactRequest, modelWithHistory, returnOn } from './impact.fixture.js';

// outside, so that it ends after the application
const postgres = withPostgres();

describe('POST /impact over the full history', () => {
  let folder: string;
  let command: CommandApp;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'impact-'));
    await writeBars(folder);
    const db = await postgres.open();
    command = await openCommandApp(db, postgres.url, undefined, folder);
    const publish = new PublishMarketModel(modelWithHistory(), internalContext('spec', 'spec'));
    await command.app.get(CommandBus).execute(publish);
  });
  afterAll(async () => {
    await command.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('scans every kept day, and agrees with the market model on the same days', async () => {
    const answer = await command.post('/impact', impactRequest({ history: 'FULL' }));
    const { history, full_history, impact_assessment, warnings } = answer.json<ImpactAnswer>();
    expect(validateImpactAnswer(answer.json())).toEqual([]);
    expect(warnings).toEqual([]);
    expect(history).toEqual({ source: 'FULL', days: DAYS, first_day: '2024-12-31', last_day: dates[DAYS - 1] });
    for (const side of ['before', 'after'] as const) {
      const [full, model] = [full_history?.[side], impact_assessment[side].historical];
      expect(full?.var_95).toBeCloseTo(model?.var_95 ?? NaN, 13);
      expect(full?.cvar_95).toBeCloseTo(model?.cvar_95 ?? NaN, 13);
      expect(full?.worst_5_days?.to).toBe(model?.worst_week.to);
      expect(full?.worst_days.map(({ date }) => date)).toEqual(model?.worst_days.map(({ date }) => date));
    }
  });

  it('runs so many scans at a time and no more', async () => {
    const body = impactRequest({ history: 'FULL' });
    const answers = await Promise.all(Array.from({ length: 12 }, () => command.post('/impact', body)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(4);
    expect(statuses.filter((status) => status === 503).length).toBeGreaterThan(0);
    expect((await command.post('/impact', body)).status).toBe(200);
  });

  it('says so where the files cannot be read', async () => {
    await rm(join(folder, 'bars'), { recursive: true });
    const answer = await command.post('/impact', impactRequest({ history: 'FULL' }));
    const { warnings } = answer.json<ImpactAnswer>();
    expect(answer.status).toBe(200);
    expect(warnings[0]).toContain(
      'but the files of bars could not be read: the 100 days of the market model stand alone.',
    );
  });
});

/** closes that make the returns of the model, as the bar archive would keep them */
async function writeBars(folder: string): Promise<void> {
  const rows = sampleMarket().instruments.flatMap(({ instrument_id }, i) => {
    let close = 100;
    const later = dates.map((day, t) => `('${instrument_id}', DATE '${day}', ${(close *= 1 + returnOn(t, i))}, 1.0)`);
    return [`('${instrument_id}', DATE '2024-12-31', 100.0, 1.0)`, ...later];
  });
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT instrument_id, day, close::DOUBLE AS close, volume::DOUBLE AS volume, year(day) AS year
       FROM (VALUES ${rows.join(',')}) AS bars (instrument_id, day, close, volume))
     TO '${join(folder, 'bars')}' (FORMAT parquet, PARTITION_BY (year))`,
  );
  connection.closeSync();
  instance.closeSync();
}
