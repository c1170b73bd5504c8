import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { decideLearnedState, type DomainEvent, evolveChampions, isRejection, NO_CHAMPIONS } from '#domain';
import {
  configurationDisabled,
  configurationSet,
  coordinationCompleted,
  riskModelPublished,
  sampleMarketModel,
  sampleRiskModelReport,
  portfolioEvent,
  portfolioStateSet,
  outcomesCorrected,
  outcomesMeasured,
  sampleExecutionEvents,
} from '#testing';
import { isDate, isUtcTime } from '../validation/formats.js';
import { EVENT_SCHEMAS, eventSchemaDocument } from './event-schemas.js';

const types = Object.keys(EVENT_SCHEMAS) as DomainEvent['type'][];
const fileOf = (type: DomainEvent['type']) =>
  new URL(`./${type}.v${EVENT_SCHEMAS[type].version}.json`, import.meta.url);

describe('event schemas', () => {
  it.each(types)(
    'of %s are the published file: a released schema does not change, a new one has a new version',
    (type) => {
      const text = `${JSON.stringify(eventSchemaDocument(type), null, 2)}\n`;
      // writes the file of a new version; an existing one is only ever compared
      if (process.env['WRITE_EVENT_SCHEMAS'] === '1' && !existsSync(fileOf(type))) writeFileSync(fileOf(type), text);
      expect(JSON.parse(readFileSync(fileOf(type), 'utf8'))).toEqual(JSON.parse(text));
    },
  );

  const compiled = (type: DomainEvent['type']) => {
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
    ajv.addFormat('date-time', isUtcTime).addFormat('date', isDate);
    return ajv.compile(JSON.parse(readFileSync(fileOf(type), 'utf8')) as object);
  };

  const at = { position: 1n };
  const state = { portfolio_id: 'p', as_of: '2025-06-21T10:00:00Z', cash: 1, positions: [] };
  const request = { rebalance_id: 'r', targets: [{ instrument_id: 'A', target_weight: 0.1 }] };
  const of = { portfolio_id: 'p', coordination_id: 'coord_20250621_001' };
  const order = { decision_id: 'decision_001', instrument_id: 'A', quantity: -5 };
  const left = { instrument_id: 'A', weight_left: 0.01, why: 'TURNOVER' };
  const progress = { rebalance_id: 'r', status: 'PARTLY_DONE', done: 0.4, left: [left] } as const;
  const fill = { ...order, fill_id: 'f', price: 10, filled_at: '2025-06-21T10:00:00Z', lots: [] };
  it.each([
    coordinationCompleted(at),
    portfolioStateSet(at, state),
    portfolioEvent(at, 'portfolio_state_set', {
      portfolio_id: 'p',
      state,
      carried: {
        orders: [{ instrument_id: 'A', quantity: 1 }],
        rebalances: [{ request, progress }],
        closed_rebalances: [{ rebalance_id: 'old', status: 'DONE' }],
      },
    }),
    portfolioEvent(at, 'rebalance_requested', { portfolio_id: 'p', request }),
    portfolioEvent(at, 'rebalance_cancelled', { portfolio_id: 'p', rebalance_id: 'r' }),
    portfolioEvent(at, 'coordination_applied', { ...of, orders: [order], rebalances: [progress] }),
    portfolioEvent(at, 'portfolio_filled', { ...of, fills: [fill] }),
    portfolioEvent(at, 'orders_released', { ...of, orders: [{ ...order, reason: 'EXPIRED' }] }),
    ...sampleExecutionEvents(),
    outcomesMeasured(at),
    outcomesCorrected(at),
    configurationSet(at, 'base', { fee_bps: 1 }),
    configurationDisabled(at, 'base'),
    riskModelPublished(at),
    riskModelPublished(at, sampleMarketModel(), sampleRiskModelReport()),
  ])('describe the recorded event $type and refuse another', (event) => {
    const check = compiled(event.type);
    expect(check(event.data) ? [] : check.errors).toEqual([]);
    expect(check({ ...event.data, surprise: 1 })).toBe(false);
  });

  const proposed = {
    state: {
      learned_state_id: 'a',
      reliabilities: [{ source: 'x', reliability: 0.3 }],
      regime_multipliers: [{ source: 'x', regime: 'CALM', multiplier: 1.2 }],
      error_correlations: [{ a: 'x', b: 'y', rho: 0.9 }],
      calibration: [{ stated: 0.5, hit_rate: 0.5 }],
      half_lives: [{ source: 'x', days: 2 }],
    },
    learned_until: '2025-06-20T21:00:00.000Z',
    observations: 1000,
  };
  const decided = (differences: number[]) => {
    const known = evolveChampions(NO_CHAMPIONS, {
      type: 'learned_state_proposed',
      data: { ...proposed, state: { ...proposed.state, regime_multipliers: [] } },
    });
    const command = { type: 'judge', learned_state_id: 'a', differences, overlap: 1, challengers: 1 } as const;
    const events = decideLearnedState(known, command);
    if (isRejection(events)) throw new Error(events.message);
    return events[0]!;
  };
  it.each([
    { type: 'learned_state_proposed' as const, data: proposed },
    decided(Array.from({ length: 30 }, (_, i) => (i % 3) - 1)),
    decided(Array.from({ length: 30 }, (_, i) => 5 + (i % 3))),
    { type: 'learned_state_reverted' as const, data: { learned_state_id: 'a', replaces: 'b', reason: 'drawdown' } },
  ])('describe $type and refuse another', ({ type, data }) => {
    const check = compiled(type);
    expect(check(data) ? [] : check.errors).toEqual([]);
    expect(check({ ...data, surprise: 1 })).toBe(false);
  });

  it('describe a request as it is recorded', () => {
    const check = compiled('coordination_requested');
    const data = {
      coordination_id: 'coord_20250621_001',
      portfolio_id: 'p',
      as_of: '2025-06-21T10:00:00.000Z',
      request: { signals: [], portfolio_state: state },
      learned_state_id: 'prior',
      engine_version: '1',
    };
    expect(check(data) ? [] : check.errors).toEqual([]);
    expect(check({ ...data, request: { signals: 1 } })).toBe(false);
  });
});
