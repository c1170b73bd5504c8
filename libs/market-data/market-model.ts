import type { MarketModel } from '#domain';
import type { BarMatrix, Instrument } from './bars.js';
import { typescriptPreparer } from './preparation/typescript-preparer.js';
import { buildModel } from './risk-model/build-reported-model.js';

/** The market model of bars at hand, as `buildReportedModel` gives it, without its report and the time that takes. */
export function buildMarketModel(bars: BarMatrix, instruments: readonly Instrument[]): MarketModel {
  return buildModel({ bars, instruments }, typescriptPreparer).model;
}
