import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { schemaVersionOf } from '#contracts';
import { portfolioStream, type PortfolioState, setPortfolioState } from '#domain';
import type { IdempotencyRecord } from '#event-store';
import { appendOrShed, withRetries } from '../append-outcome.js';
import type { CommandAnswer } from '../command-answer.js';
import { type CommandStore, EVENT_STORE } from '../command-adapters.js';
import { type CommandContext, eventMetadata } from '../command-context.js';
import { Idempotency, type IdempotencyClaim } from '../idempotency/idempotency.js';
import { Portfolios } from './portfolios.js';

/** What is acknowledged: which state is current now. */
export interface PortfolioStateReceipt {
  readonly portfolio_id: string;
  readonly version: number;
  readonly as_of: string;
}

/** Portfolio Management tells the state of a portfolio: positions and cash from now on, open orders where it names them. */
export class SetPortfolioState extends Command<CommandAnswer<PortfolioStateReceipt>> {
  constructor(
    readonly state: PortfolioState,
    readonly context: CommandContext,
    readonly idempotencyKey?: string,
  ) {
    super();
  }
}

@CommandHandler(SetPortfolioState)
export class SetPortfolioStateHandler implements ICommandHandler<SetPortfolioState> {
  constructor(
    @Inject(EVENT_STORE) private readonly store: CommandStore,
    private readonly idempotency: Idempotency,
    private readonly portfolios: Portfolios,
  ) {}

  execute(command: SetPortfolioState): Promise<CommandAnswer<PortfolioStateReceipt>> {
    const { state, context, idempotencyKey } = command;
    return this.idempotency.run<PortfolioStateReceipt>({
      scope: `${context.actor} PUT /portfolios/${state.portfolio_id}/state`,
      key: idempotencyKey,
      requestBody: state,
      eventOf: ({ portfolio_id, version }) => ({ stream: portfolioStream(portfolio_id), version }),
      write: (claim) => withRetries(() => this.append(command, claim)),
    });
  }

  private async append(
    { state, context }: SetPortfolioState,
    claim: IdempotencyClaim | undefined,
  ): Promise<CommandAnswer<PortfolioStateReceipt> | IdempotencyRecord | null> {
    const { portfolio_id, as_of } = state;
    const { version: before, portfolio } = await this.portfolios.load(portfolio_id);
    const { type, data } = setPortfolioState(portfolio, state);
    const answer = {
      status: before === 0 ? 201 : 200,
      headers: { location: `/portfolios/${encodeURIComponent(portfolio_id)}/state` },
      body: { portfolio_id, version: before + 1, as_of },
    };
    const outcome = await appendOrShed(this.store, {
      streams: [
        {
          stream: portfolioStream(portfolio_id),
          expectedVersion: before,
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
