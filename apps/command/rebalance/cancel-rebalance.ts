import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { cancelRebalance } from '#domain';
import type { CommandAnswer } from '../command-answer.js';
import type { CommandContext } from '../command-context.js';
import { Idempotency } from '../idempotency/idempotency.js';
import { receiptEvent, RebalanceQueue, type RebalanceReceipt } from './rebalance-queue.js';

/** Takes a queued rebalance request back. */
export class CancelRebalance extends Command<CommandAnswer<RebalanceReceipt>> {
  constructor(
    readonly portfolioId: string,
    readonly rebalanceId: string,
    readonly context: CommandContext,
    readonly idempotencyKey?: string,
  ) {
    super();
  }
}

@CommandHandler(CancelRebalance)
export class CancelRebalanceHandler implements ICommandHandler<CancelRebalance> {
  constructor(
    private readonly queue: RebalanceQueue,
    private readonly idempotency: Idempotency,
  ) {}

  execute({
    portfolioId,
    rebalanceId,
    context,
    idempotencyKey,
  }: CancelRebalance): Promise<CommandAnswer<RebalanceReceipt>> {
    return this.idempotency.run<RebalanceReceipt>({
      scope: `${context.actor} POST /rebalance-requests/cancel`,
      key: idempotencyKey,
      requestBody: { portfolioId, rebalanceId },
      eventOf: receiptEvent,
      write: (claim) =>
        this.queue.change({
          portfolioId,
          status: 200,
          context,
          claim,
          decide: (portfolio) => cancelRebalance(portfolio, portfolioId, rebalanceId),
        }),
    });
  }
}
