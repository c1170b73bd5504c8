import { createHash } from 'node:crypto';
import { canonicalJson, type MarketModel } from '#domain';
import { buildRiskModel } from '#engine';
import { type BarMatrix, type Instrument, selectInstruments, sliceDays } from './bars.js';
import { marketFacts } from './market-facts.js';

/** closes older than this many days weigh less than a thousandth in the slowest average of the risk model */
const MODEL_DAYS = 1_260;
/** returns kept for historical simulation: a year */
const HISTORY_DAYS = 252;
/** history is rounded to a hundredth of a basis point, which halves its size and changes no figure that is shown */
const RETURN_DIGITS = 1e6;

/**
 * The market model as of the last day of the bars: last prices, usual volumes, spreads, the factor risk model and regime
 * of the engine, and a year of returns. Instruments without a close on the last day are left out: nothing could be traded
 * at a price. Named by the hash of its content, so that the same bars give the same model.
 *
 * @param bars nothing newer than the model may know; older than five years is not looked at
 * @throws Error for bars without a day
 */
export function buildMarketModel(bars: BarMatrix, instruments: readonly Instrument[]): MarketModel {
  const asOf = bars.days[bars.days.length - 1];
  if (asOf === undefined) throw new Error('a market model needs at least one day of bars');
  const facts = new Map(instruments.map((instrument) => [instrument.instrument_id, instrument]));
  const recent = listed(sliceDays(bars, Math.max(0, bars.days.length - MODEL_DAYS), bars.days.length));
  const { model, volatility } = buildRiskModel({
    dates: recent.days,
    instruments: recent.instruments,
    closes: recent.close,
    sectors: recent.instruments.map((id) => facts.get(id)?.sector ?? null),
  });
  const content: Omit<MarketModel, 'model_id'> = {
    as_of: asOf,
    instruments: marketFacts(recent, facts, (i) => volatility[i]),
    factor_model: {
      instruments: model.instruments,
      loadings: model.loadings,
      factor_covariance: model.factorCovariance,
      specific_variance: model.specificVariance,
    },
    regime: model.regime,
    history: returnHistory(recent),
  };
  return { model_id: createHash('sha256').update(canonicalJson(content)).digest('hex'), ...content };
}

function listed(bars: BarMatrix): BarMatrix {
  const last = bars.close.subarray((bars.days.length - 1) * bars.instruments.length);
  return selectInstruments(
    bars,
    bars.instruments.filter((_, i) => !Number.isNaN(last[i])),
  );
}

function returnHistory(bars: BarMatrix): NonNullable<MarketModel['history']> {
  const n = bars.instruments.length;
  const first = Math.max(1, bars.days.length - HISTORY_DAYS);
  const values = bars.days.slice(first).map((_, row) =>
    bars.instruments.map((__, i) => {
      const t = first + row;
      const value = (bars.close[t * n + i] as number) / (bars.close[(t - 1) * n + i] as number) - 1;
      return Number.isNaN(value) ? null : Math.round(value * RETURN_DIGITS) / RETURN_DIGITS;
    }),
  );
  return { dates: bars.days.slice(first), instruments: bars.instruments, values };
}
