import { Inject, Injectable } from '@nestjs/common';
import { schemaVersionOf } from '#contracts';
import {
  isRejection,
  type PortfolioAggregate,
  portfolioStream,
  type RebalanceCancelled,
  type RebalanceRequested,
  type Rejection,
} from '#domain';
import type { IdempotencyRecord } from '#event-store';
import { problemOfRejection } from '#platform';
import { appendOrShed, withRetries } from '../append-outcome.js';
import type { CommandAnswer } from '../command-answer.js';
import { type CommandStore, EVENT_STORE } from '../command-adapters.js';
import { type CommandContext, eventMetadata } from '../command-context.js';
import type { EventAddress, IdempotencyClaim } from '../idempotency/idempotency.js';
import { Portfolios } from '../portfolio/portfolios.js';

/** What is acknowledged: how the request stands, and since which version of the portfolio's stream. */
export interface RebalanceReceipt {
  readonly portfolio_id: string;
  readonly rebalance_id: string;
  readonly status: 'QUEUED' | 'CANCELLED';
  readonly version: number;
}

interface Change {
  readonly portfolioId: string;
  readonly status: number;
  readonly context: CommandContext;
  readonly claim: IdempotencyClaim | undefined;
  readonly decide: (portfolio: PortfolioAggregate) => RebalanceRequested | RebalanceCancelled | Rejection;
}

/** Changes the queue of a portfolio's rebalance requests, one event at a time. */
@Injectable()
export class RebalanceQueue {
  constructor(
    @Inject(EVENT_STORE) private readonly store: CommandStore,
    private readonly portfolios: Portfolios,
  ) {}

  change(change: Change): Promise<CommandAnswer<RebalanceReceipt> | IdempotencyRecord> {
    return withRetries(() => this.attempt(change));
  }

  /** @returns null where another write was faster */
  private async attempt({ portfolioId, status, context, claim, decide }: Change) {
    const { version, portfolio } = await this.portfolios.load(portfolioId);
    const event = decide(portfolio);
    if (isRejection(event)) throw problemOfRejection(event);
    const { type, data } = event;
    const rebalance_id = type === 'rebalance_requested' ? data.request.rebalance_id : data.rebalance_id;
    const body: RebalanceReceipt = {
      portfolio_id: portfolioId,
      rebalance_id,
      status: type === 'rebalance_requested' ? 'QUEUED' : 'CANCELLED',
      version: version + 1,
    };
    const query = new URLSearchParams({ portfolio_id: portfolioId }).toString();
    const headers = { location: `/rebalance-requests/${encodeURIComponent(rebalance_id)}?${query}` };
    const answer = { status, headers, body };
    const outcome = await appendOrShed(this.store, {
      streams: [
        {
          stream: portfolioStream(portfolioId),
          expectedVersion: version,
          events: [{ type, data, schemaVersion: schemaVersionOf(type) }],
        },
      ],
      metadata: eventMetadata(context),
      ...(claim ? { idempotency: { ...claim, response: answer } } : {}),
    });
    if (outcome.kind === 'VERSION_CONFLICT') return null;
    return outcome.kind === 'IDEMPOTENT_REPEAT' ? outcome.record : { ...answer, position: outcome.position };
  }
}

/** The event that a receipt stands for. */
export const receiptEvent = ({ portfolio_id, version }: RebalanceReceipt): EventAddress => ({
  stream: portfolioStream(portfolio_id),
  version,
});
