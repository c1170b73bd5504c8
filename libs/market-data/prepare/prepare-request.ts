import type { CoordinationRequest, MarketData, MarketInstrument, ModelInstrument, PortfolioState } from '#domain';
import { type BarMatrix, type Instrument, selectInstruments, upTo } from '../bars.js';
import { usualVolume } from '../market-facts.js';
import { buildMarketModel } from '../market-model.js';
import { driftedPortfolio } from './portfolio.js';
import { signalsFromBars } from './sources.js';

export interface PreparationOptions {
  /** YYYY-MM-DD; nothing after its close is looked at */
  readonly day: string;
  readonly signals: number;
  /** money */
  readonly nav: number;
  readonly portfolioId: string;
  /** the most traded ones only; all where absent */
  readonly instruments?: number;
}

export interface PreparedRequest extends CoordinationRequest {
  readonly as_of: string;
  readonly portfolio_state: PortfolioState;
  readonly market_data: MarketData;
}

/** The bars do not suffice for what was asked; the message says why. */
export class PreparationError extends Error {
  override readonly name = 'PreparationError';
}

/** days of bars that the rules and the risk model need at least */
const DAYS_MIN = 61;
/** the close of a New York session in winter; only its order against the signals' times matters */
const CLOSE_TIME = 'T21:00:00.000Z';

/**
 * A whole coordination request from daily bars: market data with a factor model, a drifted book and signals of simple
 * rules, all from nothing but what was known at the close of the last day on or before `day`. Deterministic.
 *
 * @throws PreparationError
 */
export function prepareRequest(
  bars: BarMatrix,
  instruments: readonly Instrument[],
  options: PreparationOptions,
): PreparedRequest {
  const known = listedOnLastDay(barsUntil(bars, options.day), options.instruments);
  const asOf = `${known.days[known.days.length - 1] as string}${CLOSE_TIME}`;
  const portfolio = driftedPortfolio(known, instruments, options.portfolioId, asOf, options.nav);
  const held = new Set(portfolio.positions.map((position) => position.instrument_id));
  const signals = signalsFromBars(known, held, asOf, options.signals);
  if (signals.length < options.signals) {
    throw new PreparationError(
      `the rules have only ${signals.length} opinions on these ${known.instruments.length} instruments, not ${options.signals}`,
    );
  }
  const model = buildMarketModel(known, instruments);
  return {
    as_of: asOf,
    signals,
    portfolio_state: portfolio,
    market_data: { instruments: model.instruments.map(ofRequest), factor_model: model.factor_model },
  };
}

/** A request says its prices as they are: nothing in it tells how old one is. */
function ofRequest({ price_as_of: _, ...instrument }: ModelInstrument): MarketInstrument {
  return instrument;
}

function barsUntil(bars: BarMatrix, day: string): BarMatrix {
  const first = bars.days[0] ?? 'no day';
  if (day < first) throw new PreparationError(`there are no bars on or before ${day}; the first are of ${first}`);
  const known = upTo(bars, day);
  if (known.days.length < DAYS_MIN) {
    throw new PreparationError(
      `${day} has only ${known.days.length} days of bars before it; ${DAYS_MIN} are needed: choose ${bars.days[DAYS_MIN - 1] ?? 'other bars'} or later`,
    );
  }
  return known;
}

/** The instruments with a close on the last day, in the order of the file; of these the most traded by money. */
function listedOnLastDay(bars: BarMatrix, count?: number): BarMatrix {
  const n = bars.instruments.length;
  const last = bars.days.length - 1;
  const closes = bars.close.subarray(last * n);
  const listed = bars.instruments.map((_, i) => i).filter((i) => !Number.isNaN(closes[i]));
  if (listed.length === 0) throw new PreparationError(`no instrument has a close on ${bars.days[last] as string}`);
  const traded = (i: number): number => (usualVolume(bars, i) ?? 0) * (closes[i] as number);
  const chosen = new Set(
    count === undefined ? listed : [...listed].sort((a, b) => traded(b) - traded(a) || a - b).slice(0, count),
  );
  return selectInstruments(
    bars,
    bars.instruments.filter((_, i) => chosen.has(i)),
  );
}
