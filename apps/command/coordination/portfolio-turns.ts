import { Injectable } from '@nestjs/common';
import { ProblemException } from '#platform';

/** Coordinations that may wait for one portfolio before more are sent away. */
const WAITING_MAX = 200;

/**
 * Decisions on one stored portfolio take turns, first come, first served: each is then decided on what the one before it
 * left, and only another process can be faster. Different portfolios do not wait for each other.
 */
@Injectable()
export class PortfolioTurns {
  private readonly queues = new Map<string, { tail: Promise<unknown>; length: number }>();

  /** @throws ProblemException where too many wait already */
  async take<T>(portfolioId: string, work: () => Promise<T>): Promise<T> {
    const queue = this.queues.get(portfolioId) ?? { tail: Promise.resolve(), length: 0 };
    if (queue.length > WAITING_MAX) {
      const detail = `${WAITING_MAX} coordinations of the portfolio "${portfolioId}" are waiting for their turn.`;
      throw new ProblemException('overloaded', { detail, retryAfter: 1 });
    }
    this.queues.set(portfolioId, queue);
    queue.length++;
    const turn = queue.tail.then(work);
    queue.tail = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      if (--queue.length === 0) this.queues.delete(portfolioId);
    }
  }
}
