import {
  evolveExecution,
  evolvePortfolio,
  type Execution,
  type ExecutionEvent,
  type OrdersReleased,
  type PortfolioFilled,
  portfolioEventsOf,
} from '#domain';
import type { LoadedPortfolio } from '../portfolio/portfolios.js';

/** What is about to be stored of an execution and of the stored portfolio that it is of: each event as it is decided. */
export class Unfolding {
  readonly events: ExecutionEvent[] = [];
  readonly portfolioEvents: (PortfolioFilled | OrdersReleased)[] = [];

  constructor(
    public execution: Execution,
    public stored: LoadedPortfolio | null = null,
  ) {}

  add(events: readonly ExecutionEvent[]): void {
    for (const event of events) {
      const effects = portfolioEventsOf(this.execution, event);
      this.events.push(event);
      this.portfolioEvents.push(...effects);
      this.execution = evolveExecution(this.execution, event);
      if (this.stored === null) continue;
      const { version } = this.stored;
      this.stored = { version, portfolio: effects.reduce(evolvePortfolio, this.stored.portfolio) };
    }
  }
}
