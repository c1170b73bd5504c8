import { type BarMatrix, type Instrument, sliceDays } from '../bars.js';
import { Random } from './random.js';

/**
 * A made-up market that behaves like one: a market factor, eleven sector factors and three style factors with fixed
 * exposures; specific returns with occasional jumps; a Markov chain of three volatility regimes that scales them all;
 * volumes with memory that rise with the size of the day's return. The same seed gives the same market to the last bit.
 * (Math.exp enters only what is then rounded to cents and whole shares.)
 */
export interface DemoMarket {
  readonly instruments: readonly Instrument[];
  /** 756 trading days, what everybody may see */
  readonly bars: BarMatrix;
  /** the 21 trading days after them: what the sources' skill is about, and what outcomes are measured on */
  readonly ahead: BarMatrix;
  /** the true regime of every day of `bars` */
  readonly regimes: readonly DemoRegime[];
}

export type DemoRegime = 'CALM' | 'NORMAL' | 'STRESSED';

export const DEMO_SEED = 20250620;
export const DEMO_LAST_DAY = '2025-06-20';
export const DEMO_DAYS = 756;
export const DEMO_DAYS_AHEAD = 21;

const SECTORS: readonly {
  readonly code: string;
  readonly name: string;
  readonly count: number;
  readonly volatility: number;
}[] = [
  { code: 'TECH', name: 'Information Technology', count: 28, volatility: 0.006 },
  { code: 'INDU', name: 'Industrials', count: 27, volatility: 0.004 },
  { code: 'FINA', name: 'Financials', count: 26, volatility: 0.005 },
  { code: 'DISC', name: 'Consumer Discretionary', count: 26, volatility: 0.005 },
  { code: 'HLTH', name: 'Health Care', count: 25, volatility: 0.005 },
  { code: 'STAP', name: 'Consumer Staples', count: 14, volatility: 0.004 },
  { code: 'REAL', name: 'Real Estate', count: 13, volatility: 0.006 },
  { code: 'ENER', name: 'Energy', count: 12, volatility: 0.009 },
  { code: 'MATR', name: 'Materials', count: 11, volatility: 0.006 },
  { code: 'UTIL', name: 'Utilities', count: 11, volatility: 0.005 },
  { code: 'COMM', name: 'Communication Services', count: 7, volatility: 0.006 },
];
const STYLES = 3;
const STYLE_VOLATILITY = 0.0022;
const MARKET_VOLATILITY = 0.0075;
const MARKET_DRIFT = 0.0003;
const JUMP_PROBABILITY = 0.006;
const JUMP_SCALE = 5;

const REGIMES: readonly DemoRegime[] = ['CALM', 'NORMAL', 'STRESSED'];
const REGIME_SCALE = [0.65, 1, 1.9] as const;
/** daily transition probabilities; a regime lasts about 60, 50 and 25 days */
const REGIME_CHAIN = [
  [0.984, 0.015, 0.001],
  [0.012, 0.98, 0.008],
  [0.002, 0.038, 0.96],
] as const;

interface Exposure {
  readonly sector: number;
  readonly beta: number;
  readonly styles: readonly number[];
  readonly specific: number;
  readonly firstPrice: number;
  /** money a day */
  readonly turnover: number;
}

/** @param scale of every sector's number of instruments: 1 gives 200, 2.5 gives 503 */
export function demoMarket(seed = DEMO_SEED, scale = 1): DemoMarket {
  const { instruments, exposures } = drawInstruments(new Random(seed, 1), scale);
  const total = DEMO_DAYS + DEMO_DAYS_AHEAD;
  const regime = drawRegimes(new Random(seed, 2), total);
  const returns = drawReturns(new Random(seed, 3), exposures, regime);
  const close = pricesFrom(returns, exposures, total);
  const volume = drawVolumes(new Random(seed, 4), returns, close, exposures, total);
  const everything: BarMatrix = {
    days: tradingDays(DEMO_LAST_DAY, DEMO_DAYS, DEMO_DAYS_AHEAD),
    instruments: instruments.map((instrument) => instrument.instrument_id),
    close,
    volume,
  };
  return {
    instruments,
    bars: sliceDays(everything, 0, DEMO_DAYS),
    ahead: sliceDays(everything, DEMO_DAYS, total),
    regimes: [...regime.subarray(0, DEMO_DAYS)].map((g) => REGIMES[g] as DemoRegime),
  };
}

function drawInstruments(random: Random, scale: number): { instruments: Instrument[]; exposures: Exposure[] } {
  const instruments: Instrument[] = [];
  const exposures: Exposure[] = [];
  for (const [sector, { code, name, count }] of SECTORS.entries()) {
    for (let j = 1; j <= Math.round(scale * count); j++) {
      const exposure: Exposure = {
        sector,
        beta: 0.6 + 0.8 * random.uniform() + (code === 'UTIL' || code === 'STAP' ? -0.2 : 0),
        styles: Array.from({ length: STYLES }, () => random.normal()),
        specific: 0.007 + 0.012 * random.uniform() * random.uniform() + 0.003 * random.uniform(),
        firstPrice: 8 * Math.exp(3.4 * random.uniform()),
        turnover: 6e6 * Math.exp(4 * random.uniform()),
      };
      exposures.push(exposure);
      instruments.push({
        instrument_id: `${code}${String(j).padStart(2, '0')}`,
        name: `${name} ${j}`,
        sector: name,
        // A few instruments trade in board lots, so that whole-lot rounding has something to do.
        lot_size: random.uniform() < 0.1 ? 10 : 1,
      });
    }
  }
  return { instruments, exposures };
}

function drawRegimes(random: Random, days: number): Uint8Array {
  const regime = new Uint8Array(days);
  let current = 1;
  for (let t = 0; t < days; t++) {
    const [toCalm, toNormal] = REGIME_CHAIN[current as 0 | 1 | 2];
    const u = random.uniform();
    current = u < toCalm ? 0 : u < toCalm + toNormal ? 1 : 2;
    regime[t] = current;
  }
  return regime;
}

/** Simple returns, days x instruments; the first day has none (0). */
function drawReturns(random: Random, exposures: readonly Exposure[], regime: Uint8Array): Float64Array {
  const n = exposures.length;
  const returns = new Float64Array(regime.length * n);
  const sectors = new Float64Array(SECTORS.length);
  const styles = new Float64Array(STYLES);
  for (let t = 1; t < regime.length; t++) {
    const scale = REGIME_SCALE[regime[t] as 0 | 1 | 2];
    // Stressed markets fall: a drift against the premium, in proportion to the excess volatility.
    const market = MARKET_DRIFT * (3 - 2 * scale) + scale * MARKET_VOLATILITY * random.normal();
    for (const [s, { volatility }] of SECTORS.entries()) sectors[s] = scale * volatility * random.normal();
    for (let f = 0; f < STYLES; f++) styles[f] = scale * STYLE_VOLATILITY * random.normal();
    for (const [i, exposure] of exposures.entries()) {
      let r = exposure.beta * market + (sectors[exposure.sector] as number);
      for (const [f, loading] of exposure.styles.entries()) r += loading * (styles[f] as number);
      const jump = random.uniform() < JUMP_PROBABILITY ? JUMP_SCALE : 1;
      r += exposure.specific * (0.5 + 0.5 * scale) * jump * random.normal();
      returns[t * n + i] = Math.max(-0.35, Math.min(0.35, r));
    }
  }
  return returns;
}

/** Closes in whole cents, never below one dollar. */
function pricesFrom(returns: Float64Array, exposures: readonly Exposure[], days: number): Float64Array {
  const n = exposures.length;
  const close = new Float64Array(days * n);
  for (const [i, { firstPrice }] of exposures.entries()) {
    let price = firstPrice;
    for (let t = 0; t < days; t++) {
      price = Math.max(1, price * (1 + (returns[t * n + i] as number)));
      close[t * n + i] = Math.round(price * 100) / 100;
    }
  }
  return close;
}

/** Whole shares: a lognormal autoregression around the instrument's usual turnover, higher on days of large returns. */
function drawVolumes(
  random: Random,
  returns: Float64Array,
  close: Float64Array,
  exposures: readonly Exposure[],
  days: number,
): Float64Array {
  const n = exposures.length;
  const volume = new Float64Array(days * n);
  const memory = new Float64Array(n);
  for (let t = 0; t < days; t++) {
    for (const [i, { specific, turnover }] of exposures.entries()) {
      const surprise = Math.min(4, Math.abs(returns[t * n + i] as number) / (1.6 * specific));
      memory[i] = 0.7 * (memory[i] as number) + 0.22 * random.normal();
      const shares = (turnover / (close[t * n + i] as number)) * Math.exp(memory[i] + 0.3 * (surprise - 0.7));
      volume[t * n + i] = Math.max(100, Math.round(shares));
    }
  }
  return volume;
}

/** `count` weekdays that end with `last`, then `ahead` more, as YYYY-MM-DD. */
function tradingDays(last: string, count: number, ahead: number): string[] {
  const dayMs = 86_400_000;
  const end = Date.parse(`${last}T00:00:00Z`);
  const isWeekday = (time: number): boolean => new Date(time).getUTCDay() % 6 !== 0;
  const before: number[] = [];
  for (let time = end; before.length < count; time -= dayMs) if (isWeekday(time)) before.push(time);
  const after: number[] = [];
  for (let time = end + dayMs; after.length < ahead; time += dayMs) if (isWeekday(time)) after.push(time);
  return [...before.reverse(), ...after].map((time) => new Date(time).toISOString().slice(0, 10));
}
