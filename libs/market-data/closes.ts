import type { PriceTable } from '#engine';
import type { MarketDataStore } from './market-data-store.js';
import { type CalendarName, closingTimes } from './sessions/trading-sessions.js';

/** Closes to measure outcomes by. Days as YYYY-MM-DD. */
export interface ClosesReader {
  /** Another text whenever bars or adjustments have changed. */
  version(): Promise<string>;
  /** null where there are none */
  lastDay(): Promise<string | null>;
  /** Of all instruments, in the terms of the last day: adjusted for splits. */
  closes(from: string, to: string): Promise<PriceTable>;
}

const DAY_MS = 86_400_000;

export function closesOf(store: MarketDataStore, calendar: CalendarName): ClosesReader {
  return {
    version: () => store.version(),
    lastDay: () => store.lastDay(),
    closes: async (from, to) => {
      const days = Math.max(1, Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1);
      const matrix = await store.readMatrix(to, days);
      return { closeAt: closingTimes(calendar, matrix.days), instruments: matrix.instruments, closes: matrix.close };
    },
  };
}
