import type { CoordinationResponse } from '#domain';
import {
  barsOf,
  buildMarketModel,
  type DemoMarket,
  demoMarket,
  type Playground,
  playground,
  type PlaygroundDay,
  playgroundFills,
} from '#market-data';
import { startProgress } from '../progress.js';
import type { ServiceClient } from '../service-client.js';
import type { Terminal } from '../terminal.js';

/** What was sent to the service, in total. */
export interface Played {
  readonly portfolio_id: string;
  readonly first_day: string;
  readonly last_day: string;
  readonly coordinations: readonly string[];
  readonly decisions: number;
  readonly refused: number;
  readonly fills: number;
  readonly cancelled: number;
  /** days on which a limit had to be relaxed, or nothing could be done */
  readonly not_optimal: number;
}

const JSON_TYPE = { 'content-type': 'application/json' };

/**
 * Plays a season of the demonstration's market into a running service, as the services around it would: bars, a portfolio, and every day
 * the signals, then the fills of what was decided. Every step has an idempotency key: broken off, it is run again.
 */
export async function play(service: ServiceClient, terminal: Terminal, days: number): Promise<Played> {
  const market = demoMarket();
  const season = playground(market, days);
  await sendMarket(service, market);
  const { portfolio_id } = season.portfolio;
  await put(service, `portfolios/${portfolio_id}/state`, season.portfolio, 'playground-portfolio');
  const progress = startProgress(terminal, 'playground', 'days');
  const total = { decisions: 0, refused: 0, fills: 0, cancelled: 0, not_optimal: 0 };
  const coordinations: string[] = [];
  try {
    for (const [index, day] of season.days.entries()) {
      const answer = await coordinateDay(service, market, season, day);
      const { fills, cancelled } = await execute(service, day, answer);
      coordinations.push(answer.coordination_id);
      total.decisions += answer.decisions.length;
      total.refused += answer.rejected_signals.length;
      total.fills += fills;
      total.cancelled += cancelled;
      total.not_optimal += answer.status === 'OPTIMAL' ? 0 : 1;
      progress.update(index + 1, season.days.length);
    }
  } finally {
    progress.stop();
  }
  const [first_day, last_day] = [season.days[0]?.day ?? '', season.days.at(-1)?.day ?? ''];
  return { portfolio_id, first_day, last_day, coordinations, ...total };
}

/** The bars of all days: what happens after the season is what its decisions are measured by. */
async function sendMarket(service: ServiceClient, market: DemoMarket): Promise<void> {
  await put(service, 'market-data/instruments', market.instruments);
  const lines = [...barsOf(market.bars)].map((bar) => `${JSON.stringify(bar)}\n`);
  await service.request('market-data/bars', {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: lines.join(''),
  });
}

async function coordinateDay(
  service: ServiceClient,
  market: DemoMarket,
  { portfolio, parameters }: Playground,
  { day, as_of, bars, signals }: PlaygroundDay,
): Promise<CoordinationResponse> {
  const { instruments, factor_model } = buildMarketModel(bars, market.instruments);
  const request = {
    as_of,
    portfolio_id: portfolio.portfolio_id,
    signals,
    coordination_parameters: parameters,
    market_data: { instruments, factor_model },
  };
  const answer = await send(service, 'POST', 'coordinate', request, `playground-${day}`);
  return (await answer.json()) as CoordinationResponse;
}

async function execute(
  service: ServiceClient,
  day: PlaygroundDay,
  answer: CoordinationResponse,
): Promise<{ readonly fills: number; readonly cancelled: number }> {
  const { fills, cancelled } = playgroundFills(day, answer);
  const path = `coordination/${answer.coordination_id}`;
  if (fills.length > 0) await send(service, 'POST', `${path}/fills`, { fills }, `playground-${day.day}-fills`);
  if (cancelled.length > 0) {
    const body = { decision_ids: cancelled, reason: 'no other side' };
    await send(service, 'POST', `${path}/cancel`, body, `playground-${day.day}-cancel`);
  }
  return { fills: fills.length, cancelled: cancelled.length };
}

const put = (service: ServiceClient, path: string, document: unknown, key?: string): Promise<Response> =>
  send(service, 'PUT', path, document, key);

const send = (
  service: ServiceClient,
  method: 'POST' | 'PUT',
  path: string,
  document: unknown,
  key?: string,
): Promise<Response> =>
  service.request(path, {
    method,
    headers: { ...JSON_TYPE, ...(key === undefined ? {} : { 'idempotency-key': key }) },
    body: JSON.stringify(document),
  });
