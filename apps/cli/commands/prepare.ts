import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { CsvFormatError, PreparationError, prepareRequest, readInstruments, readWideBars } from '#market-data';
import { CommandFailure, EXIT } from '../failure.js';
import type { Terminal } from '../terminal.js';

interface PrepareOptions {
  readonly asOf: string;
  readonly out: string;
  readonly signals: number;
  readonly instruments?: number;
  readonly nav: number;
  readonly portfolio: string;
}

export function addPrepareCommand(program: Command, terminal: Terminal): void {
  program
    .command('prepare')
    .description('make a whole coordination request of a folder of daily bars')
    .argument('<dir>', 'the folder: prices.csv, and where there are any volumes.csv and sectors.csv; each may be .gz')
    .requiredOption('--as-of <day>', 'use nothing after the close of this day, such as 2017-06-30', day)
    .requiredOption('--out <file>', 'where to write the request; - for standard output')
    .option('--signals <count>', 'signals in total', wholeNumber(0, 10_000), 100)
    .option('--instruments <count>', 'only the most traded instruments', wholeNumber(1, 10_000))
    .option('--nav <money>', 'size of the portfolio', money, 100_000_000)
    .option('--portfolio <id>', 'name of the portfolio', 'prepared')
    .addHelpText(
      'after',
      `
prices.csv has a header "date,ID,ID,..." and a row a day; an empty cell is a missing price. volumes.csv has the same shape.
sectors.csv has the columns ticker, name and sector.

The request holds the market data (last closes, median volumes, volatilities and a factor model of 15 factors from the
closes), a portfolio bought 120 days before and drifted since, and signals of five simple rules: momentum, reversal,
low_volatility, volume_surge and trend. The same folder and options give the same bytes.

Example:
  coordination prepare ./data --as-of 2017-06-30 --out request.json
  coordination coordinate request.json --offline`,
    )
    .action(async (dir: string, options: PrepareOptions) => {
      const bars = await readBars(dir);
      const sectors = optionalFile(dir, 'sectors.csv');
      const instruments = sectors === undefined ? [] : await explained(readInstruments(sectors));
      const { asOf, signals, nav, portfolio, instruments: count } = options;
      const request = await explained(
        Promise.resolve().then(() =>
          prepareRequest(bars, instruments, {
            day: asOf,
            signals,
            nav,
            portfolioId: portfolio,
            ...(count === undefined ? {} : { instruments: count }),
          }),
        ),
      );
      const text = `${JSON.stringify(request)}\n`;
      if (options.out === '-') return terminal.out(text);
      await writeFile(options.out, text).catch((error: Error) => {
        throw new CommandFailure(`${options.out} cannot be written: ${error.message}`);
      });
      const { market_data, portfolio_state } = request;
      terminal.note(
        `${options.out}: as of ${request.as_of}, ${market_data.instruments.length} instruments, ` +
          `${portfolio_state.positions.length} positions, ${request.signals.length} signals (${Math.round(text.length / 1024)} KiB)`,
      );
    });
}

async function readBars(dir: string): ReturnType<typeof readWideBars> {
  const prices = optionalFile(dir, 'prices.csv');
  if (prices === undefined) throw new CommandFailure(`${dir} has neither prices.csv nor prices.csv.gz`);
  return explained(readWideBars(prices, optionalFile(dir, 'volumes.csv')));
}

/** `name` or `name.gz` in the folder. */
function optionalFile(dir: string, name: string): string | undefined {
  return [join(dir, name), join(dir, `${name}.gz`)].find((file) => existsSync(file));
}

async function explained<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    if (error instanceof CsvFormatError || error instanceof PreparationError) {
      throw new CommandFailure(error.message, EXIT.invalid);
    }
    throw error;
  });
}

function day(text: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(Date.parse(text))) {
    throw new InvalidArgumentError('It must be a day such as 2017-06-30.');
  }
  return text;
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
    if (!(value >= min && value <= max))
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    return value;
  };
}

function money(text: string): number {
  const value = /^\d+(\.\d+)?([eE]\d+)?$/.test(text) ? Number(text) : NaN;
  if (!(value > 0 && value <= 1e15)) throw new InvalidArgumentError('It must be a positive amount, such as 100000000.');
  return value;
}
