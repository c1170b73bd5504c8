import { type EstimationReport, type MarketModel, type PreparationReport, type RiskModelReport } from '#domain';
import { buildRiskModel, type BuiltRiskModel, type CloseHistory, testRiskModel } from '#engine';
import { canonicalHash } from '#platform';
import { type BarMatrix, type Instrument, sliceDays } from '../bars.js';
import { marketFacts } from '../market-facts.js';
import { prepareBars } from '../preparation/prepare-bars.js';
import type { PreparedBars } from '../preparation/prepared-bars.js';
import type { Preparer } from '../preparation/preparer.js';
import { selfTestReport } from './self-test-report.js';

/** closes older than this many days weigh less than a thousandth in the slowest average of the risk model */
export const MODEL_DAYS = 1_260;
/** returns kept for historical simulation: a year */
const HISTORY_DAYS = 252;
/** history is rounded to a hundredth of a basis point, which halves its size and changes no figure that is shown */
const RETURN_DIGITS = 1e6;

export interface ReportedModel {
  readonly model: MarketModel;
  readonly report: RiskModelReport;
}

export interface ModelSource {
  /** nothing newer than the model may know; older than five years is not looked at */
  readonly bars: BarMatrix;
  readonly instruments: readonly Instrument[];
}

/**
 * The market model as of the last trading day of the bars, and how it came about: last prices, usual volumes, spreads, the factor risk model and
 * regime of the engine, and a year of returns. An instrument without a price on that day stays for a year at its last one, marked with its
 * day. Named by the hash of its content: the same bars give the same model, in whatever order they come and whichever `preparer` prepares them.
 *
 * @throws NoBarsError for bars without a trading day
 */
export function buildReportedModel(
  source: ModelSource,
  preparer: Preparer,
  options: { readonly selfTest: boolean } = { selfTest: true },
): ReportedModel {
  const { model, history, preparation, estimation } = buildModel(source, preparer);
  const selfTest = options.selfTest ? selfTestReport(testRiskModel(history), history.dates) : null;
  const warnings = [...preparationWarnings(preparation), ...(selfTest?.alarms ?? [])];
  return { model, report: { preparation, estimation, self_test: selfTest, warnings } };
}

/** Nothing to build a model of. */
export class NoBarsError extends Error {
  override readonly name = 'NoBarsError';
}

interface BuiltModel {
  readonly model: MarketModel;
  /** what it was estimated from */
  readonly history: CloseHistory;
  readonly preparation: PreparationReport;
  readonly estimation: EstimationReport;
}

/** The model without the test of it, which takes several times as long. */
export function buildModel({ bars, instruments }: ModelSource, preparer: Preparer): BuiltModel {
  const recent = sliceDays(bars, Math.max(0, bars.days.length - MODEL_DAYS), bars.days.length);
  const prepared = prepareBars(recent, preparer);
  const asOf = prepared.days.at(-1);
  if (asOf === undefined) throw new NoBarsError('a market model needs at least one day of bars with a price');
  const facts = new Map(instruments.map((instrument) => [instrument.instrument_id, instrument]));
  const history: CloseHistory = {
    dates: prepared.days,
    instruments: prepared.instruments,
    closes: prepared.close,
    sectors: prepared.instruments.map((id) => facts.get(id)?.sector ?? null),
  };
  const built = buildRiskModel(history);
  const content: Omit<MarketModel, 'model_id'> = {
    as_of: asOf,
    instruments: marketFacts(prepared, facts, built.volatility),
    factor_model: {
      instruments: built.model.instruments,
      loadings: built.model.loadings,
      factor_covariance: built.model.factorCovariance,
      specific_variance: built.model.specificVariance,
    },
    regime: built.model.regime,
    history: returnHistory(prepared),
  };
  const model = { model_id: canonicalHash(content), ...content };
  return { model, history, preparation: prepared.report, estimation: estimationReport(built) };
}

function estimationReport({ model, diagnostics }: BuiltRiskModel): EstimationReport {
  return {
    days: diagnostics.days,
    factors: model.factorCovariance.length,
    shrinkage: diagnostics.shrinkage,
    average_correlation: diagnostics.averageCorrelation,
    explained: diagnostics.explained,
    regime_percentile: diagnostics.regimePercentile,
  };
}

function returnHistory({ days, instruments, close }: PreparedBars): NonNullable<MarketModel['history']> {
  const n = instruments.length;
  const first = Math.max(1, days.length - HISTORY_DAYS);
  const values = days.slice(first).map((_, row) =>
    instruments.map((__, i) => {
      const at = (first + row) * n + i;
      const value = (close[at] as number) / (close[at - n] as number) - 1;
      // adding 0 turns -0 into 0, which is what its JSON reads back as
      return Number.isNaN(value) ? null : Math.round(value * RETURN_DIGITS) / RETURN_DIGITS + 0;
    }),
  );
  return { dates: days.slice(first), instruments, values };
}

const NAMES_SHOWN = 5;

function preparationWarnings({ outliers, not_current, dropped }: PreparationReport): string[] {
  const unconfirmed = outliers.filter(({ reason }) => reason === 'UNCONFIRMED');
  const shifts = outliers.filter(({ reason }) => reason === 'LEVEL_SHIFT');
  return [
    ...sentence(unconfirmed, (names) => `The last price of ${names} is beyond five times off and not used: check it.`),
    ...sentence(shifts, (names) => `The price of ${names} moved beyond five times and stayed: is a split missing?`),
    ...sentence(not_current, (names) => `No current price of ${names}: the model holds the last one.`),
    ...sentence(dropped, (names) => `No price of ${names} within a year: not in the model.`),
  ];
}

function sentence(of: readonly { readonly instrument_id: string }[], text: (names: string) => string): string[] {
  if (of.length === 0) return [];
  const names = [...new Set(of.map(({ instrument_id }) => instrument_id))];
  const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : '';
  return [text(`${names.slice(0, NAMES_SHOWN).join(', ')}${more}`)];
}
