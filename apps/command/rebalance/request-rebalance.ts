import { randomUUID } from 'node:crypto';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { queueRebalance, type RebalanceRequest } from '#domain';
import type { CommandAnswer } from '../command-answer.js';
import { CLOCK, type Clock } from '../command-adapters.js';
import type { CommandContext } from '../command-context.js';
import { Idempotency } from '../idempotency/idempotency.js';
import { MarketModelCache } from '../market-model/market-model-cache.js';
import { receiptEvent, RebalanceQueue, type RebalanceReceipt } from './rebalance-queue.js';

/** A rebalance request for a stored portfolio, as it is posted. */
export interface QueuedRebalanceRequest extends Omit<RebalanceRequest, 'rebalance_id'> {
  readonly portfolio_id: string;
  /** default one that is made */
  readonly rebalance_id?: string;
}

/** Queues a rebalance request until a coordination of the portfolio takes it up. */
export class RequestRebalance extends Command<CommandAnswer<RebalanceReceipt>> {
  constructor(
    readonly request: QueuedRebalanceRequest,
    readonly context: CommandContext,
    readonly idempotencyKey?: string,
  ) {
    super();
  }
}

@CommandHandler(RequestRebalance)
export class RequestRebalanceHandler implements ICommandHandler<RequestRebalance> {
  constructor(
    private readonly queue: RebalanceQueue,
    private readonly marketModels: MarketModelCache,
    private readonly idempotency: Idempotency,
    @Inject(CLOCK) private readonly now: Clock,
  ) {}

  execute({ request: posted, context, idempotencyKey }: RequestRebalance): Promise<CommandAnswer<RebalanceReceipt>> {
    const { portfolio_id: portfolioId, ...rest } = posted;
    const request = { ...rest, rebalance_id: rest.rebalance_id ?? `rb_${randomUUID()}` };
    return this.idempotency.run<RebalanceReceipt>({
      scope: `${context.actor} POST /rebalance-requests`,
      key: idempotencyKey,
      requestBody: posted,
      eventOf: receiptEvent,
      write: (claim) => {
        const known = this.knownInstruments();
        const command = { portfolioId, request, now: this.now().getTime(), ...(known ? { known } : {}) };
        const decide = (portfolio: Parameters<typeof queueRebalance>[0]) => queueRebalance(portfolio, command);
        return this.queue.change({ portfolioId, status: 201, context, claim, decide });
      },
    });
  }

  private knownInstruments(): ReadonlySet<string> | undefined {
    const model = this.marketModels.current();
    return model && new Set(model.instruments.map(({ instrument_id }) => instrument_id));
  }
}
