import { Inject, Injectable, Logger } from '@nestjs/common';
import { BarFileError, type BarFormat, DEFAULT_INGEST_LIMITS, ingestBars, type IngestReport } from '#market-data';
import { ProblemException } from '#platform';
import { MARKET_DATA, type MarketDataAdapters } from './market-data-adapters.js';
import { MarketDataMetrics } from './market-data-metrics.js';
import { MarketDataUpkeep } from './upkeep.js';

/** each holds a connection and three batches of rows */
const IMPORTS_AT_ONCE_MAX = 4;
/** of the rejected rows of an import without any good one, in `errors` */
const ERRORS_SHOWN_MAX = 20;

export interface BarImport {
  readonly format: BarFormat;
  readonly body: AsyncIterable<Uint8Array>;
  readonly createInstruments: boolean;
  readonly ignore: readonly string[];
}

/** Streams bars into the store. */
@Injectable()
export class ImportBars {
  private readonly logger = new Logger(ImportBars.name);
  private running = 0;

  constructor(
    @Inject(MARKET_DATA) private readonly marketData: MarketDataAdapters,
    private readonly metrics: MarketDataMetrics,
    private readonly upkeep: MarketDataUpkeep,
  ) {}

  /** @throws ProblemException where the file cannot be read to its end, or no row of it is a bar */
  async run({ body, ...options }: BarImport): Promise<IngestReport> {
    if (this.running >= IMPORTS_AT_ONCE_MAX) {
      const detail = `${IMPORTS_AT_ONCE_MAX} imports are under way; nothing of this one was read.`;
      throw new ProblemException('overloaded', { retryAfter: 5, detail });
    }
    this.running += 1;
    const begun = performance.now();
    try {
      const report = await this.ingest(body, options);
      const milliseconds = performance.now() - begun;
      this.metrics.imported(report, milliseconds);
      this.logger.log(summary(report, milliseconds));
      if (report.accepted === 0) throw nothingAcceptable(report);
      if (report.corrected > 0 && report.first_day !== null && report.last_day !== null) {
        await this.marketData.onRevised?.(report.first_day, report.last_day);
      }
      return report;
    } finally {
      this.running -= 1;
      // what landed of an import that failed is there too
      this.upkeep.changed();
    }
  }

  private async ingest(body: BarImport['body'], options: Omit<BarImport, 'body'>): Promise<IngestReport> {
    const { store, settings } = this.marketData;
    try {
      return await ingestBars(body, store, {
        ...options,
        today: new Date().toISOString().slice(0, 10),
        limits: {
          ...DEFAULT_INGEST_LIMITS,
          bodyBytesMax: settings.MARKET_DATA_BODY_BYTES_MAX,
          lineCharsMax: settings.MARKET_DATA_LINE_CHARS_MAX,
        },
      });
    } catch (error) {
      this.metrics.ended(error instanceof BarFileError ? 'REFUSED' : 'FAILED');
      if (error instanceof BarFileError) throw problemOf(error);
      if (!isBrokenOff(error)) throw error;
      this.logger.warn('an import was broken off by its sender; the batches that were written stay');
      throw new ProblemException('bad-request', { detail: 'The body ended before its time.', cause: error });
    }
  }
}

/** The sender went away: nobody is there to hear the answer. */
const isBrokenOff = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'ECONNRESET' || error.code === 'ERR_STREAM_PREMATURE_CLOSE');

function problemOf({ fault, message, errors }: BarFileError): ProblemException {
  if (fault === 'TOO_LARGE') return new ProblemException('body-too-large', { detail: message });
  if (fault === 'NOT_TEXT') return new ProblemException('unsupported-media-type', { detail: message });
  return new ProblemException('invalid-request', { detail: message, ...(errors.length > 0 ? { errors } : {}) });
}

function nothingAcceptable({ rows, rejected, rejected_total }: IngestReport): ProblemException {
  const [first] = rejected;
  const where = first === undefined ? '' : ` Line ${first.line}, ${first.pointer || 'the line'}: ${first.message}.`;
  return new ProblemException('invalid-request', {
    detail: `None of ${rows} rows is a bar; nothing was stored.${where}`,
    errors: rejected
      .slice(0, ERRORS_SHOWN_MAX)
      .map(({ line, message, ...rest }) => ({ ...rest, message: `line ${line}: ${message}` })),
    extensions: { rows, rejected_total, rejected },
  });
}

function summary(report: IngestReport, milliseconds: number): string {
  const { rows, inserted, corrected, unchanged, duplicates, rejected_total } = report;
  return (
    `imported ${rows} rows in ${(milliseconds / 1000).toFixed(1)} s: ${inserted} inserted, ${corrected} corrected, ` +
    `${unchanged} unchanged, ${duplicates} duplicates, ${rejected_total} rejected`
  );
}
