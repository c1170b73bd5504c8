import { Inject, Injectable } from '@nestjs/common';
import {
  type CoordinationRequest,
  isBeforeWashSales,
  portfolioStream,
  type PortfolioState,
  purchasesOf,
  type RecordedEvent,
  type RecordedTrade,
  reject,
  type Rejection,
} from '#domain';
import { type CommandStore, EVENT_STORE } from '../command-adapters.js';
import { Portfolios } from '../portfolio/portfolios.js';

const PAGE = 256;

/** Looks up what the portfolios that a request names for the wash-sale rule have bought. */
@Injectable()
export class StoredPurchases {
  constructor(
    @Inject(EVENT_STORE) private readonly store: CommandStore,
    private readonly portfolios: Portfolios,
  ) {}

  /** Of the instruments that the portfolio has tax lots of: only their losses can be disallowed. Undefined where none is named. */
  async of(
    { wash_sale_portfolios: named = [] }: CoordinationRequest,
    { positions }: PortfolioState,
    asOf: string,
  ): Promise<readonly RecordedTrade[] | Rejection | undefined> {
    if (named.length === 0) return undefined;
    const withLots = new Set(positions.filter((p) => (p.tax_lots ?? []).length > 0).map((p) => p.instrument_id));
    const trades: RecordedTrade[] = [];
    for (const [i, id] of named.entries()) {
      const events = await this.recent(portfolioStream(id), asOf);
      if (events.length === 0) return unknownPortfolio(id, i);
      const { portfolio } = await this.portfolios.load(id);
      trades.push(...purchasesOf(id, events, portfolio.orders, asOf, (instrument) => withLots.has(instrument)));
    }
    return trades;
  }

  /** Newest first, back to where the window begins and the newest state is known. */
  private async recent(stream: string, asOf: string): Promise<readonly RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    for (let fromVersion: number | undefined; ;) {
      const from = fromVersion === undefined ? {} : { fromVersion };
      const page = await this.store.readStream(stream, { direction: 'BACKWARDS', limit: PAGE, ...from });
      events.push(...page);
      const oldest = page.at(-1);
      if (oldest === undefined || oldest.version === 1) return events;
      const hasState = events.some(({ type }) => type === 'portfolio_state_set');
      if (hasState && isBeforeWashSales(oldest, asOf)) return events;
      fromVersion = oldest.version - 1;
    }
  }
}

function unknownPortfolio(id: string, i: number): Rejection {
  return reject('UNKNOWN_PORTFOLIO', `Nothing is stored of the portfolio "${id}".`, [
    {
      pointer: `/wash_sale_portfolios/${i}`,
      message: `names no stored portfolio: "${id}"`,
      accepted: 'stored portfolio_ids',
    },
  ]);
}
