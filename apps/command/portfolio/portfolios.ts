import { Inject, Injectable } from '@nestjs/common';
import {
  evolvePortfolio,
  NO_PORTFOLIO,
  type PortfolioAggregate,
  type PortfolioEvent,
  portfolioStream,
  type RecordedEvent,
  startsOver,
} from '#domain';
import { type CommandStore, EVENT_STORE } from '../command-adapters.js';

/** A portfolio as of a version of its stream: what is decided on it is appended at that version. */
export interface LoadedPortfolio {
  /** 0 where nothing was ever told of it */
  readonly version: number;
  readonly portfolio: PortfolioAggregate;
}

/** Folded portfolios that are kept; the one not asked for longest goes first. */
const KEPT = 256;

/**
 * Portfolios folded from their streams. What was folded once is kept, so that asking again reads only what is newer; the
 * first time, the stream is read backwards to the newest state, which carries what stays from before.
 */
@Injectable()
export class Portfolios {
  private readonly kept = new Map<string, LoadedPortfolio>();

  constructor(@Inject(EVENT_STORE) private readonly store: CommandStore) {}

  async load(portfolioId: string): Promise<LoadedPortfolio> {
    const stream = portfolioStream(portfolioId);
    const known = this.kept.get(portfolioId);
    const newer = known
      ? await this.store.readStream(stream, { fromVersion: known.version + 1 })
      : await this.tail(stream);
    const loaded = newer.reduce(after, known ?? { version: 0, portfolio: NO_PORTFOLIO });
    if (loaded.version > 0) this.keep(portfolioId, loaded);
    return loaded;
  }

  /** The events from the newest one that starts over, or all; states are large, so that first one is read, then more at a time. */
  private async tail(stream: string): Promise<readonly RecordedEvent[]> {
    const pages: (readonly RecordedEvent[])[] = [];
    for (let limit = 1, fromVersion: number | undefined; ; limit = Math.min(8 * limit, 512)) {
      const from = fromVersion === undefined ? {} : { fromVersion };
      const page = await this.store.readStream(stream, { direction: 'BACKWARDS', limit, ...from });
      const start = page.findIndex((event) => startsOver(event as RecordedEvent<PortfolioEvent>));
      pages.push(start < 0 ? page : page.slice(0, start + 1));
      const oldest = page.at(-1)?.version ?? 1;
      if (start >= 0 || oldest === 1) return pages.flat().reverse();
      fromVersion = oldest - 1;
    }
  }

  /** Unless another reader was ahead. */
  private keep(portfolioId: string, loaded: LoadedPortfolio): void {
    const known = this.kept.get(portfolioId);
    this.kept.delete(portfolioId);
    this.kept.set(portfolioId, known !== undefined && known.version > loaded.version ? known : loaded);
    const oldest = this.kept.size > KEPT ? this.kept.keys().next().value : undefined;
    if (oldest !== undefined) this.kept.delete(oldest);
  }
}

function after({ portfolio }: LoadedPortfolio, event: RecordedEvent): LoadedPortfolio {
  const { type, data } = event as RecordedEvent<PortfolioEvent>;
  return { version: event.version, portfolio: evolvePortfolio(portfolio, { type, data } as PortfolioEvent) };
}
