import { createReadStream, existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type BarMatrix, barsOf, CsvFormatError, type Instrument, readInstruments, readWideBars } from '#market-data';
import { CommandFailure, EXIT } from './failure.js';

/** Bars that can be sent to the service, from wherever they are. */
export interface ImportSource {
  /** for a person */
  readonly name: string;
  readonly mediaType: 'text/csv' | 'application/x-ndjson';
  /** facts that come with the bars; null where there are none */
  readonly instruments: readonly Instrument[] | null;
  /** the instruments are those of the bars: what the service does not know, it makes */
  readonly complete: boolean;
  /** what progress counts, and how much of it there is */
  readonly unit: string;
  readonly total: number;
  /** @param onProgress called with how much was read so far */
  open(onProgress: (done: number) => void): AsyncIterable<Uint8Array>;
}

/**
 * A folder with `prices.csv`, and where there are any `volumes.csv` and `sectors.csv`; a wide CSV file; or a file of one bar
 * a line, CSV or NDJSON. Names that end in `.gz` are decompressed.
 *
 * @throws CommandFailure where it is none of these
 */
export async function importSource(path: string): Promise<ImportSource> {
  const found = await stat(path).catch((error: Error) => {
    throw new CommandFailure(`${path} cannot be read: ${error.message}`);
  });
  if (found.isDirectory()) return folderSource(path);
  const first = await firstLine(path);
  if (first.trimStart().startsWith('{')) return fileSource(path, found.size, 'application/x-ndjson');
  if (/^\ufeff?"?date"?,/.test(first) && !first.includes('instrument_id'))
    return wideSource(path, path, undefined, null);
  return fileSource(path, found.size, 'text/csv');
}

async function folderSource(folder: string): Promise<ImportSource> {
  const optional = (name: string): string | undefined =>
    [join(folder, name), join(folder, `${name}.gz`)].find((file) => existsSync(file));
  const prices = optional('prices.csv');
  if (prices === undefined) throw new CommandFailure(`${folder} has neither prices.csv nor prices.csv.gz`);
  const sectors = optional('sectors.csv');
  const instruments = sectors === undefined ? null : await explained(readInstruments(sectors));
  return wideSource(folder, prices, optional('volumes.csv'), instruments);
}

async function wideSource(
  name: string,
  closes: string,
  volumes: string | undefined,
  instruments: readonly Instrument[] | null,
): Promise<ImportSource> {
  const bars = await explained(readWideBars(closes, volumes));
  const total = bars.close.reduce((count, close) => (Number.isNaN(close) ? count : count + 1), 0);
  return {
    name,
    mediaType: 'text/csv',
    instruments,
    complete: true,
    unit: 'rows',
    total,
    open: (onProgress) => csvOf(bars, onProgress),
  };
}

const PIECE_ROWS = 1_000;

async function* csvOf(bars: BarMatrix, onProgress: (rows: number) => void): AsyncGenerator<Uint8Array> {
  let text = 'instrument_id,day,close,volume\n';
  let rows = 0;
  for (const { instrument_id, day, close, volume } of barsOf(bars)) {
    text += `${quoted(instrument_id)},${day},${close},${volume ?? ''}\n`;
    if (++rows % PIECE_ROWS !== 0) continue;
    yield Buffer.from(text);
    text = '';
    onProgress(rows);
  }
  yield Buffer.from(text);
  onProgress(rows);
}

const quoted = (id: string): string => (/[",;|\t]/.test(id) ? `"${id.replaceAll('"', '""')}"` : id);

const KIB = 1_024;

function fileSource(path: string, bytes: number, mediaType: ImportSource['mediaType']): ImportSource {
  return {
    name: path,
    mediaType,
    instruments: null,
    complete: false,
    unit: 'KiB',
    total: Math.ceil(bytes / KIB),
    open: (onProgress) => {
      const file = createReadStream(path, { highWaterMark: 256 * KIB });
      let read = 0;
      file.on('data', (piece) => onProgress(Math.ceil((read += piece.length) / KIB)));
      return decompressed(path, file);
    },
  };
}

function decompressed(path: string, file: Readable): Readable {
  if (!path.endsWith('.gz')) return file;
  const text = createGunzip();
  file.on('error', (error) => text.destroy(error));
  text.on('error', () => file.destroy());
  return file.pipe(text);
}

async function firstLine(path: string): Promise<string> {
  const file = createReadStream(path);
  const lines = createInterface({ input: decompressed(path, file) });
  try {
    for await (const line of lines) if (line.trim() !== '') return line;
    return '';
  } catch (error) {
    throw new CommandFailure(`${path} cannot be read: ${(error as Error).message}`);
  } finally {
    lines.close();
    file.destroy();
  }
}

function explained<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    if (error instanceof CsvFormatError) throw new CommandFailure(error.message, EXIT.invalid);
    throw error;
  });
}
