import { Injectable, type Provider } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import { Counter, Histogram } from 'prom-client';
import type { IngestReport } from '#market-data';

const ROWS = 'market_data_rows_total';
const IMPORTS = 'market_data_imports_total';
const DURATION = 'market_data_import_duration_seconds';
const FILES = 'market_data_archive_files_written_total';
const FAILURES = 'market_data_upkeep_failures_total';

export const marketDataMetricProviders: readonly Provider[] = [
  makeCounterProvider({
    name: ROWS,
    help: 'Rows of imports by what became of them: inserted, corrected, unchanged, duplicate, rejected',
    labelNames: ['outcome'],
  }),
  makeCounterProvider({
    name: IMPORTS,
    help: 'Imports of bars: COMPLETE, REFUSED (no row was acceptable, or the file was not) or FAILED (broken off, or a defect)',
    labelNames: ['outcome'],
  }),
  makeHistogramProvider({
    name: DURATION,
    help: 'Time from the first byte of an import to its answer',
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1_800],
  }),
  makeCounterProvider({ name: FILES, help: 'Parquet files written because what they hold had changed' }),
  makeCounterProvider({
    name: FAILURES,
    help: 'Runs that failed and are tried again: of the policies, of the archive',
    labelNames: ['task'],
  }),
];

@Injectable()
export class MarketDataMetrics {
  constructor(
    @InjectMetric(ROWS) private readonly rows: Counter,
    @InjectMetric(IMPORTS) private readonly imports: Counter,
    @InjectMetric(DURATION) private readonly duration: Histogram,
    @InjectMetric(FILES) private readonly files: Counter,
    @InjectMetric(FAILURES) private readonly failures: Counter,
  ) {}

  imported(report: IngestReport, milliseconds: number): void {
    const { inserted, corrected, unchanged, duplicates: duplicate, rejected_total: rejected } = report;
    for (const [outcome, count] of Object.entries({ inserted, corrected, unchanged, duplicate, rejected })) {
      this.rows.inc({ outcome }, count);
    }
    this.ended(report.accepted === 0 ? 'REFUSED' : 'COMPLETE');
    this.duration.observe(milliseconds / 1000);
  }

  ended(outcome: 'COMPLETE' | 'REFUSED' | 'FAILED'): void {
    this.imports.inc({ outcome });
  }

  archived(files: number): void {
    this.files.inc(files);
  }

  failed(task: 'policies' | 'archive'): void {
    this.failures.inc({ task });
  }
}
