import type { CoordinationRequest } from '#domain';
import type { LoadedPortfolio } from '../portfolio/portfolios.js';

/**
 * The stored portfolios that the items of one list name, as the items decided so far will leave them. A list is decided
 * as a whole before any of it is stored, so that items of the same portfolio must see each other here.
 */
export class BatchPortfolios {
  private readonly tails = new Map<string, Promise<unknown>>();
  private readonly expected = new Map<string, LoadedPortfolio>();
  private readonly changed = new Set<string>();

  /** Items of one portfolio one after the other, in the order of the calls; `before` is what those so far will leave. */
  async inOrder<T>(
    request: CoordinationRequest,
    work: (before: LoadedPortfolio | undefined) => Promise<T>,
  ): Promise<T> {
    const id = request.portfolio_id;
    if (id === undefined) return work(undefined);
    const ahead = this.tails.get(id) ?? Promise.resolve();
    const run = ahead.then(() => work(this.expected.get(id)));
    this.tails.set(
      id,
      run.catch(() => undefined),
    );
    return run;
  }

  decided({ portfolio_id }: CoordinationRequest, after: LoadedPortfolio): void {
    if (portfolio_id !== undefined) this.expected.set(portfolio_id, after);
  }

  /**
   * Stores an item as it was decided, null where that no longer fits: somebody else wrote to its portfolio, or an item
   * before it was not stored as it was decided, which must not look as if it had been.
   */
  async unlessOvertaken<T extends object>(
    { portfolio_id }: CoordinationRequest,
    persist: () => Promise<T | null>,
  ): Promise<T | null> {
    if (portfolio_id === undefined) return persist();
    if (this.changed.has(portfolio_id)) return null;
    let stored: T | null = null;
    try {
      stored = await persist();
      return stored;
    } finally {
      // a repeat is not this decision either
      if (stored === null || 'response' in stored) this.changed.add(portfolio_id);
    }
  }
}
