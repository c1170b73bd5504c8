/** Bars, instruments and the building of market models. */
export { BarArchive, type ArchiveReport } from './archive/bar-archive.js';
export * from './bars.js';
export { type ClosesReader, closesOf } from './closes.js';
export * from './demo/demonstration.js';
export * from './demo/market.js';
export * from './demo/playground.js';
export * from './demo/playground-fills.js';
export * from './demo/portfolio.js';
export * from './demo/signals.js';
export * from './market-data-store.js';
export * from './market-model.js';
export { openPreparer } from './preparation/open-preparer.js';
export {
  buildReportedModel,
  MODEL_DAYS,
  type ModelSource,
  NoBarsError,
  type ReportedModel,
} from './risk-model/build-reported-model.js';
export { readParquetMatrix } from './risk-model/parquet-bars.js';
export * from './prepare/prepare-request.js';
export { BarFileError } from './ingest/bar-file-error.js';
export { type BarFormat, ingestBars, type IngestReport } from './ingest/ingest-bars.js';
export { DEFAULT_INGEST_LIMITS, type IngestLimits } from './ingest/limits.js';
export { type BarPolicies, runBarPolicies } from './storage/bar-policies.js';
export { type PriceAdjustment } from './storage/adjustments.js';
export { type CalendarName, CALENDARS, DEFAULT_CALENDAR, sessionsOfRequest } from './sessions/trading-sessions.js';
export { type ScenarioHistory, scenarioHistory, type ScenarioRisk } from './scenarios/scenario-history.js';
export * from './wide-csv.js';
