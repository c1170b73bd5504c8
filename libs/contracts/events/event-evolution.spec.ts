import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { sampleMarketModel } from '#testing';
import { isDate, isUtcTime } from '../validation/formats.js';
import { EVENT_SCHEMAS } from './event-schemas.js';
import { type StoredEvent, upcast } from './upcast.js';

const released = readdirSync(new URL('.', import.meta.url))
  .filter((file) => file.endsWith('.json'))
  .map((file) => /^(\w+)\.v(\d+)\.json$/.exec(file) ?? [])
  .map(([, type = '', version]) => ({ type, version: Number(version) }));

const stored = (type: string, schemaVersion: number, data: unknown): StoredEvent => ({
  id: '00000000-0000-4000-8000-000000000007',
  stream: 'market-model',
  version: 3,
  position: 7n,
  type,
  schemaVersion,
  data,
  metadata: { correlation_id: 'c', actor: 'a', engine_version: '1', runtime_version: 'v20' },
  recordedAt: '2026-03-02T21:00:00.000Z',
});

const valid = (type: string, version: number, data: unknown): unknown => {
  const file = new URL(`./${type}.v${version}.json`, import.meta.url);
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
  ajv.addFormat('date-time', isUtcTime).addFormat('date', isDate);
  const check = ajv.compile(JSON.parse(readFileSync(file, 'utf8')) as object);
  return check(data) ? [] : check.errors;
};

describe('events of former versions', () => {
  it.each(released)('$type v$version is read as a current type and version', ({ type, version }) => {
    const event = upcast(stored(type, version, {}));
    expect(EVENT_SCHEMAS[event.type]?.version).toBe(event.schemaVersion);
  });

  it('turns a market model as the first release recorded it into a risk model without a report', () => {
    // as version 0.1.0 wrote it
    const data = {
      ...sampleMarketModel(),
      history: { dates: ['2025-06-20'], instruments: ['AAPL'], values: [[null]] },
    };
    const golden = stored('market_model_published', 1, JSON.parse(JSON.stringify(data)) as unknown);
    expect(valid('market_model_published', 1, golden.data)).toEqual([]);
    const event = upcast(golden);
    expect(event).toEqual({ ...golden, type: 'risk_model_published', data: { model: data } });
    expect(valid('risk_model_published', 1, event.data)).toEqual([]);
  });

  it('takes a portfolio state of the first release for all there is: nothing stays from before', () => {
    const state = { portfolio_id: 'p', as_of: '2025-06-21T10:00:00Z', cash: 1, positions: [] };
    const event = upcast(stored('portfolio_state_set', 1, { portfolio_id: 'p', state }));
    expect(event).toMatchObject({ schemaVersion: 2, data: { state, carried: { orders: [] } } });
    expect(valid('portfolio_state_set', 2, event.data)).toEqual([]);
  });

  it('leaves a current event alone', () => {
    const current = stored('risk_model_published', 1, { model: sampleMarketModel() });
    expect(upcast(current)).toBe(current);
  });
});
