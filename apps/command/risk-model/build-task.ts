import {
  buildReportedModel,
  type Instrument,
  MarketDataStore,
  MODEL_DAYS,
  NoBarsError,
  openPreparer,
  readParquetMatrix,
} from '#market-data';
import { createPostgresDatabase } from '#platform';

/** Where the bars of a build are; text and numbers alone, to cross into a thread. */
export type BarSource =
  | { readonly kind: 'PARQUET'; readonly folder: string; readonly instruments: readonly Instrument[] }
  /** read by a connection of the build's own */
  | { readonly kind: 'SQL'; readonly url: string };

export interface BuildTask {
  readonly source: BarSource;
  /** YYYY-MM-DD, nothing after it */
  readonly asOf: string;
}

export interface BuildAnswer {
  /** JSON of a ReportedModel, UTF-8; null where there are no bars to build of */
  readonly built: Uint8Array | null;
  /** what a person should know of how it was built; null normally */
  readonly notice: string | null;
  readonly readMs: number;
  readonly buildMs: number;
}

/** Reads the bars and builds the model of them: seconds of work, not for the event loop of a service. */
export async function runBuildTask({ source, asOf }: BuildTask): Promise<BuildAnswer> {
  const begun = performance.now();
  const { preparer, notice } = await openPreparer();
  const { bars, instruments } = await readSource(source, asOf);
  const readMs = performance.now() - begun;
  try {
    const built = Buffer.from(JSON.stringify(buildReportedModel({ bars, instruments }, preparer)), 'utf8');
    return { built, notice, readMs, buildMs: performance.now() - begun - readMs };
  } catch (error) {
    if (!(error instanceof NoBarsError)) throw error;
    return { built: null, notice, readMs, buildMs: 0 };
  }
}

async function readSource(source: BarSource, asOf: string) {
  if (source.kind === 'PARQUET') {
    return { bars: await readParquetMatrix(source.folder, asOf, MODEL_DAYS), instruments: source.instruments };
  }
  const database = await createPostgresDatabase({
    url: source.url,
    poolSize: 1,
    applicationName: 'coordination risk model',
  });
  try {
    const store = new MarketDataStore(database);
    return { bars: await store.readMatrix(asOf, MODEL_DAYS), instruments: await store.instruments() };
  } finally {
    await database.close();
  }
}
