import { Inject, Injectable } from '@nestjs/common';
import { Prices } from '#engine';
import { type OutcomeAdapters, OUTCOMES } from '../command-adapters.js';

/** Closes with the day of the newest. */
export interface KnownPrices {
  readonly prices: Prices;
  /** YYYY-MM-DD */
  readonly lastDay: string;
}

/** The closes that outcomes are measured by; read again when bars have changed. */
@Injectable()
export class OutcomePrices {
  private table: (KnownPrices & { readonly of: string; readonly from: string }) | null = null;

  constructor(@Inject(OUTCOMES) private readonly adapters: OutcomeAdapters) {}

  /** From a day (YYYY-MM-DD) on; null where there are none here. */
  async from(day: string): Promise<KnownPrices | null> {
    const { closes } = this.adapters;
    const lastDay = (await closes?.lastDay()) ?? null;
    if (closes === null || lastDay === null || lastDay < day) return null;
    const of = `${lastDay} ${await closes.version()}`;
    if (this.table?.of !== of || this.table.from > day) {
      this.table = { of, from: day, lastDay, prices: new Prices(await closes.closes(day, lastDay)) };
    }
    return this.table;
  }
}
