import { setTimeout as sleep } from 'node:timers/promises';
import type { CoordinationResponse, ReportedFill } from '#domain';
import { type Bench, type BenchCase, quantile } from '../bench.js';
import { BenchServer, type Client } from '../coordinate/bench-server.js';
import { benchInputs, type Inputs } from '../coordinate/inputs.js';

const WARM_UP = 30;
/** 100,000 an hour is 27.8 a second; in bursts of a request every 200 ms */
const FILLS_PER_REQUEST = 6;
const BURST_MS = 200;
/** short ones, so that whatever else the machine does falls on both kinds */
const WINDOWS = 30;
const WINDOW_MS = 1_000;
const FILLED = 10;
const BULK = 1_000;
const BULKS = 20;

/**
 * POST /coordinate with 30 fills a second being reported beside it, and without: p99 of the same requests in alternating windows.
 *
 * The fills are of other portfolios' coordinations, or of the stored portfolio that is coordinated meanwhile, with whose
 * coordinations they take turns. Then fills alone, 1,000 a request, beside the 27.8 a second that 100,000 an hour are.
 */
export const bench: Bench = {
  name: 'fills',
  async run(emit) {
    const inputs = await benchInputs();
    console.error(`fills: ${inputs.request.signals.length} signals on ${inputs.origin}`);
    const server = await BenchServer.start(inputs.model);
    try {
      const { client } = server;
      const { portfolio_state, signals, as_of } = inputs.request;
      await client.send('PUT', `/portfolios/${portfolio_state.portfolio_id}/state`, JSON.stringify(portfolio_state));
      const stored = JSON.stringify({ as_of, signals, portfolio_id: portfolio_state.portfolio_id });
      const same = new Fills(inputs, [await coordinate(client, stored)]);
      const others: CoordinationResponse[] = [];
      for (let i = 0; i < FILLED; i++) others.push(await coordinate(client, JSON.stringify(inputs.request)));
      for (let i = 0; i < WARM_UP; i++) await coordinate(client, stored);
      await beside(client, stored, 'fills of other portfolios', new Fills(inputs, others), emit);
      await beside(client, stored, 'fills of the same portfolio', same, emit);
      await alone(client, new Fills(inputs, others.slice(0, 1), 'bulk'), emit);
    } finally {
      await server.stop();
    }
  },
};

const coordinate = async (client: Client, body: string): Promise<CoordinationResponse> =>
  JSON.parse(await client.send('POST', '/coordinate', body)) as CoordinationResponse;

async function beside(
  client: Client,
  body: string,
  name: string,
  fills: Fills,
  emit: (result: BenchCase) => void,
): Promise<void> {
  const latencies = { with: [] as number[], without: [] as number[] };
  const reports: number[] = [];
  for (let window = 0; window < 2 * WINDOWS; window++) {
    const loaded = window % 2 === 0;
    const until = performance.now() + WINDOW_MS;
    const load = loaded ? reportUntil(client, fills, until, reports) : Promise.resolve();
    while (performance.now() < until) {
      const started = performance.now();
      await client.send('POST', '/coordinate', body);
      latencies[loaded ? 'with' : 'without'].push(performance.now() - started);
    }
    await load;
  }
  console.error(`${name}: ${fills.reported} fills beside ${latencies.with.length} coordinations`);
  for (const [metric, q] of [
    ['p50', 0.5],
    ['p99', 0.99],
  ] as const) {
    const [ours, peer] = [quantile(latencies.with, q), quantile(latencies.without, q)];
    emit({ case: `coordinate beside ${name}`, metric, unit: 'ms', ours, peer, peer_name: 'the same without fills' });
  }
  for (const [metric, q] of [
    ['p50', 0.5],
    ['p99', 0.99],
  ] as const) {
    const [ours, peer] = [quantile(reports, q), quantile(latencies.without, q)];
    emit({ case: `${FILLS_PER_REQUEST} ${name}`, metric, unit: 'ms', ours, peer, peer_name: 'a coordination' });
  }
}

/** A request every BURST_MS, whether or not the one before it was answered. */
async function reportUntil(client: Client, fills: Fills, until: number, latencies: number[]): Promise<void> {
  const running: Promise<void>[] = [];
  while (performance.now() < until) {
    const { path, body } = fills.next(FILLS_PER_REQUEST);
    const started = performance.now();
    running.push(client.send('POST', path, body).then(() => void latencies.push(performance.now() - started)));
    await sleep(BURST_MS);
  }
  await Promise.all(running);
}

async function alone(client: Client, fills: Fills, emit: (result: BenchCase) => void): Promise<void> {
  const started = performance.now();
  for (let i = 0; i < BULKS; i++) {
    const { path, body } = fills.next(BULK);
    await client.send('POST', path, body);
  }
  const ours = (1000 * BULK * BULKS) / (performance.now() - started);
  emit({
    case: `fills alone, ${BULK} a request`,
    metric: 'throughput',
    unit: 'fills/s',
    ours,
    peer: 100_000 / 3_600,
    peer_name: '100,000 an hour',
  });
}

/** Fills of a hundredth of a share, at the price of the decision, in the first minute of each plan. */
class Fills {
  reported = 0;
  private readonly prices: ReadonlyMap<string, number>;
  private readonly at: string;

  constructor(
    { request }: Inputs,
    private readonly coordinations: readonly CoordinationResponse[],
    private readonly prefix = 'fill',
  ) {
    this.prices = new Map(request.market_data.instruments.map((each) => [each.instrument_id, each.price]));
    this.at = new Date(Date.parse(request.as_of) + 30_000).toISOString();
  }

  next(count: number): { readonly path: string; readonly body: string } {
    const { coordination_id, decisions } =
      this.coordinations[Math.floor(this.reported / count) % this.coordinations.length]!;
    const traded = decisions.filter(({ action }) => action !== 'HOLD');
    const fills = Array.from({ length: count }, (): ReportedFill => {
      const n = (this.reported += 1);
      const { decision_id, instrument_id } = traded[n % traded.length]!;
      const price = this.prices.get(instrument_id) ?? 1;
      return { fill_id: `${this.prefix}-${n}`, decision_id, quantity: 0.01, price, filled_at: this.at };
    });
    return { path: `/coordination/${coordination_id}/fills`, body: JSON.stringify({ fills }) };
  }
}
