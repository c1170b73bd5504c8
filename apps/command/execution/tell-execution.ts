import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  type CancelOrders,
  decideCancel,
  decideFills,
  decidePrices,
  type ExecutionAnswer,
  executionStream,
  isRejection,
  type MarketUpdate,
  type ReportedFill,
} from '#domain';
import { ProblemException } from '#platform';
import type { CommandAnswer } from '../command-answer.js';
import type { CommandContext } from '../command-context.js';
import { Idempotency } from '../idempotency/idempotency.js';
import { ChangeExecution, type ExecutionChange } from './change-execution.js';
import { ExecutionMetrics } from './execution-metrics.js';

/** What can be told of an execution over HTTP, and under which path. */
export type Told =
  | { readonly kind: 'fills'; readonly body: { readonly fills: readonly ReportedFill[] } }
  | { readonly kind: 'cancel'; readonly body: CancelOrders }
  | { readonly kind: 'market-update'; readonly body: MarketUpdate };

export class TellExecution extends Command<CommandAnswer<ExecutionAnswer>> {
  constructor(
    readonly coordinationId: string,
    readonly told: Told,
    readonly context: CommandContext,
    readonly idempotencyKey?: string,
  ) {
    super();
  }
}

@CommandHandler(TellExecution)
export class TellExecutionHandler implements ICommandHandler<TellExecution> {
  constructor(
    private readonly changes: ChangeExecution,
    private readonly idempotency: Idempotency,
    private readonly metrics: ExecutionMetrics,
  ) {}

  async execute({ coordinationId, told, context, idempotencyKey }: TellExecution) {
    const reported = told.kind === 'fills' ? told.body.fills.length : 0;
    try {
      const answer = await this.idempotency.run<ExecutionAnswer>({
        scope: `${context.actor} POST /coordination/${coordinationId}/${told.kind}`,
        key: idempotencyKey,
        requestBody: told.body,
        eventOf: ({ execution: { version } }) => ({ stream: executionStream(coordinationId), version }),
        write: (claim) => this.changes.change(changeOf(coordinationId, told), context, claim),
      });
      if (answer.replayed !== true) {
        this.metrics.reported('accepted', answer.body.accepted);
        this.metrics.reported('duplicate', answer.body.duplicates.length);
      }
      return answer;
    } catch (error) {
      if (error instanceof ProblemException && error.problem === 'invalid-request') {
        this.metrics.reported('refused', reported);
      }
      throw error;
    }
  }
}

function changeOf(coordinationId: string, told: Told): ExecutionChange {
  switch (told.kind) {
    case 'fills': {
      const { fills } = told.body;
      return {
        coordinationId,
        decide: (execution, now) => {
          const decided = decideFills(execution, fills, now);
          return isRejection(decided) ? decided : { ...decided, about: fills.map((fill) => fill.decision_id) };
        },
      };
    }
    case 'cancel': {
      const { body } = told;
      return {
        coordinationId,
        replan: { reason: 'ORDERS_CANCELLED', explanation: `Orders were cancelled: ${body.reason}` },
        decide: (execution, now) => {
          const events = decideCancel(execution, body, now);
          if (isRejection(events)) return events;
          const cancelled = events.flatMap(({ data }) => data.orders.map((order) => order.decision_id));
          return { events, duplicates: [], about: body.decision_ids ?? cancelled };
        },
      };
    }
    case 'market-update': {
      const { body } = told;
      return {
        coordinationId,
        decide: (execution, now) => {
          const events = decidePrices(execution, body, now);
          if (isRejection(events)) return events;
          const instruments = new Set(body.prices.map((price) => price.instrument_id));
          const orders = [...execution.orders.values()].filter((order) => instruments.has(order.instrument_id));
          return { events, duplicates: [], about: orders.map((order) => order.decision_id) };
        },
      };
    }
  }
}
