import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { MarketModel } from '#domain';
import {
  buildMarketModel,
  demoMarket,
  type PreparedRequest,
  prepareRequest,
  readInstruments,
  readWideBars,
  upTo,
} from '#market-data';

const INSTRUMENTS = 500;
const SIGNALS = 100;
const NAV = 100_000_000;

export interface Inputs {
  /** 100 signals on 500 instruments, with its portfolio and market data */
  readonly request: PreparedRequest;
  /** the same market, to be published */
  readonly model: MarketModel;
  readonly origin: string;
}

/** From five years of real closes where the folder COORDINATION_SHARED (or ../shared) has them, else from a made-up market. */
export async function benchInputs(): Promise<Inputs> {
  const folder = join(process.env['COORDINATION_SHARED'] ?? join(process.cwd(), '..', 'shared'), 'data');
  const real = existsSync(join(folder, 'prices.csv.gz'));
  const { bars, instruments, day } = real ? await realMarket(folder) : madeUpMarket();
  const options = { day, signals: SIGNALS, instruments: INSTRUMENTS, nav: NAV, portfolioId: 'bench' };
  return {
    request: prepareRequest(bars, instruments, options),
    model: buildMarketModel(upTo(bars, day), instruments),
    origin: real ? 'real closes' : 'a made-up market',
  };
}

async function realMarket(folder: string) {
  const bars = await readWideBars(join(folder, 'prices.csv.gz'), join(folder, 'volumes.csv.gz'));
  return { bars, instruments: await readInstruments(join(folder, 'sectors.csv')), day: '2017-06-30' };
}

function madeUpMarket() {
  const { bars, instruments } = demoMarket(1, INSTRUMENTS / 200);
  return { bars, instruments, day: bars.days[bars.days.length - 1] as string };
}
