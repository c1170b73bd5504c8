import { type Bench, type BenchCase, quantile } from '../bench.js';
import { BenchServer, type Client } from './bench-server.js';
import { benchInputs } from './inputs.js';

const PEER = 'one committed insert';
const WARM_UP = 30;
const PAIRS_MAX = 300;
const PAIRS_BUDGET_MS = 20_000;
const CLIENTS = 8;
const WINDOW_MS = 2_000;
const WINDOWS = 3;

/**
 * POST /coordinate over HTTP: 100 signals on 500 instruments, durable before it answers, beside a floor.
 *
 * The floor is a route of the same process that takes the same body, commits one insert of its bytes and answers as many
 * bytes as the coordination did, without an engine. `inline` requests carry their market data and portfolio; `published`
 * ones name what the service has already. Latencies are of one client that asks ours and the floor in turn, the
 * throughput is that of eight clients in alternating windows.
 */
export const bench: Bench = {
  name: 'coordinate',
  async run(emit) {
    const { request, model, origin } = await benchInputs();
    console.error(
      `coordinate: ${request.signals.length} signals, ${request.market_data.instruments.length} instruments of ${origin}`,
    );
    const server = await BenchServer.start(model);
    try {
      const { client } = server;
      const { portfolio_state, signals, as_of } = request;
      await client.send('PUT', `/portfolios/${portfolio_state.portfolio_id}/state`, JSON.stringify(portfolio_state));
      await measure(client, 'inline', JSON.stringify(request), emit);
      const short = { as_of, signals, portfolio_id: portfolio_state.portfolio_id };
      await measure(client, 'published', JSON.stringify(short), emit);
    } finally {
      await server.stop();
    }
  },
};

async function measure(client: Client, name: string, body: string, emit: (result: BenchCase) => void): Promise<void> {
  await client.send('PUT', '/floor/answer', await client.send('POST', '/coordinate', body));
  const ours = () => client.send('POST', '/coordinate', body);
  const floor = () => client.send('POST', '/floor', body);
  for (let i = 0; i < WARM_UP; i++) {
    await ours();
    await floor();
  }
  const latencies = await alternatingLatencies(ours, floor);
  const emitted = { case: `${name}, ${Math.round(body.length / 1024)} KiB`, peer_name: PEER };
  for (const [metric, q] of [
    ['p50', 0.5],
    ['p99', 0.99],
  ] as const) {
    emit({ ...emitted, metric, unit: 'ms', ours: quantile(latencies.ours, q), peer: quantile(latencies.floor, q) });
  }
  const rates = { ours: 0, floor: 0 };
  for (let window = 0; window < WINDOWS; window++) {
    rates.ours += (await throughput(ours)) / WINDOWS;
    rates.floor += (await throughput(floor)) / WINDOWS;
  }
  emit({ ...emitted, metric: 'throughput', unit: 'requests/s', ours: rates.ours, peer: rates.floor });
}

/** Milliseconds; one client, ours and the floor in turn. */
async function alternatingLatencies(ours: () => Promise<unknown>, floor: () => Promise<unknown>) {
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const started = performance.now();
    await work();
    return performance.now() - started;
  };
  const result = { ours: [] as number[], floor: [] as number[] };
  const end = performance.now() + PAIRS_BUDGET_MS;
  while (result.ours.length < PAIRS_MAX && performance.now() < end) {
    result.ours.push(await timed(ours));
    result.floor.push(await timed(floor));
  }
  return result;
}

/** Requests a second of several clients at once. */
async function throughput(work: () => Promise<unknown>): Promise<number> {
  let done = 0;
  const started = performance.now();
  const client = async (): Promise<void> => {
    while (performance.now() - started < WINDOW_MS) {
      await work();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return (done * 1000) / (performance.now() - started);
}
