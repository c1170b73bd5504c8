import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type BarMatrix,
  demonstration,
  type Instrument,
  prepareRequest,
  readInstruments,
  readWideBars,
} from '#market-data';
import { demoRequest } from './commands/demo.js';
import { coordinateOffline } from './coordinate-offline.js';
import { brokenLimits, type CheckedRequest } from './limit-check.js';

const folder = join(process.env['COORDINATION_SHARED'] ?? join(process.cwd(), '..', 'shared'), 'data');
const describeReal = existsSync(join(folder, 'prices.csv.gz')) ? describe : describe.skip;

describeReal('five years of real closes', () => {
  let bars: BarMatrix;
  let instruments: readonly Instrument[];

  beforeAll(async () => {
    bars = await readWideBars(join(folder, 'prices.csv.gz'), join(folder, 'volumes.csv.gz'));
    instruments = await readInstruments(join(folder, 'sectors.csv'));
  });

  it.each([
    ['2014-01-02', 200, 100, 1e8],
    ['2015-08-24', 505, 100, 1e8],
    ['2016-06-24', 100, 60, 5e6],
    ['2018-02-07', 505, 300, 1e9],
  ])('on %s: %i instruments and %i signals at a NAV of %d are coordinated within every limit', async (...given) => {
    const [day, count, signals, nav] = given;
    const request = prepareRequest(bars, instruments, { day, signals, nav, instruments: count, portfolioId: 'real' });
    const outcome = await coordinateOffline(request);
    expect(brokenLimits(request, outcome.decisions)).toEqual([]);
    expect(outcome.coordination_summary.total_signals_processed).toBe(signals);
    expect(outcome.decisions.filter((decision) => decision.action !== 'HOLD').length).toBeGreaterThan(0);
    expect(outcome.optimality_gap_bps).toBeGreaterThanOrEqual(0);
    expect(outcome.optimality_gap_bps).toBeLessThan(0.5);
    expectDirections(request.signals, outcome.decisions, outcome.status);
  });
});

it('the demonstration is coordinated within every limit, and its grown position is brought back', async () => {
  const request = demoRequest(demonstration());
  const outcome = await coordinateOffline(request);
  expect(brokenLimits(request as CheckedRequest, outcome.decisions)).toEqual([]);
  expect(outcome.status).toBe('OPTIMAL');
  expect(outcome.limits.some((limit) => limit.broken_before && limit.relaxed_by === 0)).toBe(true);
  const codes = new Set(outcome.rejected_signals.map((signal) => signal.reason_code));
  for (const code of ['DUPLICATE', 'EXPIRED', 'UNKNOWN_INSTRUMENT', 'LOW_CONFIDENCE', 'NOT_HELD'] as const) {
    expect(codes).toContain(code);
  }
});

it('the check finds what is broken', () => {
  const request = demoRequest(demonstration()) as CheckedRequest;
  const [fact] = request.market_data.instruments;
  const buy = { instrument_id: fact?.instrument_id, action: 'BUY', quantity: 1e7 + 0.5 };
  const found = brokenLimits(request, [buy] as unknown as Parameters<typeof brokenLimits>[1]);
  for (const name of ['position', 'part of a lot', 'liquidity', 'turnover', 'cash', 'sector', 'risk']) {
    expect(found.some((sentence) => sentence.includes(name))).toBe(true);
  }
});

/** Nobody finds a BUY that no signal asked for. Sells may also cure a limit that was broken. */
function expectDirections(
  signals: readonly { readonly instrument_id: string; readonly action: string }[],
  decisions: readonly { readonly instrument_id: string; readonly action: string }[],
  status: string,
): void {
  const asked = new Set(signals.map((signal) => `${signal.instrument_id} ${signal.action}`));
  for (const { instrument_id, action } of decisions) {
    if (action === 'BUY') expect(asked).toContain(`${instrument_id} BUY`);
    if (action === 'SELL' && status === 'OPTIMAL') expect(asked).toContain(`${instrument_id} SELL`);
  }
}
