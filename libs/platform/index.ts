export type * from './sql/sql-database.js';
export { type ApiKey, apiKeysSetting, LOCAL_PRINCIPAL, type Principal, type Scope } from './auth/api-keys.js';
export { principalOf, RequireScope } from './auth/scope-guard.js';
export { type HttpSettings, httpSettings, refuseOpenListening } from './config/http-settings.js';
export * from './config/settings.js';
export { type ParquetFileOptions, readParquetMetadata, sqlText, writeParquet } from './files/parquet-file.js';
export { type ReadinessCheck, ReadinessChecks } from './health/health.js';
export { createHttpApp, type HttpAppOptions } from './http/http-app.js';
export { prefixErrors, type ProblemDetails, ProblemException, problemOfRejection } from './http/problem-exception.js';
export { streamedBody, StreamedBody } from './http/streamed-bodies.js';
export { describeErrors, toProblem } from './http/to-problem.js';
export { CoordinationMetrics, coordinationMetricProviders } from './metrics/coordination-metrics.js';
export { httpMetricProviders } from './metrics/http-metrics.js';
export {
  currentTraceparent,
  recordSpan,
  startTracing,
  type TracingSettings,
  tracingSettings,
  withSpan,
} from './tracing/tracing.js';
export { closeInOrder, stopOnSignals, type Stoppable } from './shutdown/stop-on-signals.js';
export { type ApiDescription } from './openapi/serve-api-description.js';
export {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from './embedded/embedded-postgres.js';
export {
  DamagedDatabaseError,
  openEmbeddedTimescale,
  type EmbeddedTimescaleOptions,
} from './embedded/embedded-timescale.js';
export { canonicalHash } from './hash/canonical-hash.js';
export { OperatorError } from './operator-error.js';
export {
  migrate,
  MIGRATION_LOCK,
  type MigrationOptions,
  type MigrationReport,
  type MigrationStatus,
  migrationStatus,
} from './sql/migrate.js';
export { migrationsFolder, packageRoot } from './sql/package-root.js';
export { createPostgresDatabase, type PostgresOptions } from './sql/postgres-database.js';
export { type DoorbellOptions, PostgresDoorbell } from './sql/postgres-doorbell.js';
export { asSqlFailure, type SqlFailure } from './sql/sql-error.js';
export { listen, runProcess } from './process/run-process.js';
