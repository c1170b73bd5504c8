import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type CoordinationRequest, type CoordinationResponse, isRejection } from '#domain';
import { problemOfRejection } from '#platform';
import type { CommandAnswer } from '../command-answer.js';
import type { CommandContext } from '../command-context.js';
import { Idempotency, type IdempotencyClaim } from '../idempotency/idempotency.js';
import { completedEvent, Coordinator } from './coordinator.js';

export class CoordinateSignals extends Command<CommandAnswer<CoordinationResponse>> {
  constructor(
    readonly request: CoordinationRequest,
    readonly context: CommandContext,
    readonly options: { readonly dryRun?: boolean; readonly idempotencyKey?: string | undefined } = {},
  ) {
    super();
  }
}

@CommandHandler(CoordinateSignals)
export class CoordinateSignalsHandler implements ICommandHandler<CoordinateSignals> {
  constructor(
    private readonly coordinator: Coordinator,
    private readonly idempotency: Idempotency,
  ) {}

  async execute(command: CoordinateSignals): Promise<CommandAnswer<CoordinationResponse>> {
    const { request, context, options } = command;
    if (options.dryRun === true) return this.dryRun(command);
    return this.idempotency.run<CoordinationResponse>({
      scope: `${context.actor} POST /coordinate`,
      key: options.idempotencyKey,
      requestBody: request,
      eventOf: completedEvent,
      write: (claim) => this.coordinate(command, claim),
    });
  }

  private async coordinate({ request, context }: CoordinateSignals, claim?: IdempotencyClaim) {
    const stored = await this.coordinator.coordinate(request, context, claim);
    if (isRejection(stored)) throw problemOfRejection(stored);
    return stored;
  }

  private async dryRun({ request, context }: CoordinateSignals): Promise<CommandAnswer<CoordinationResponse>> {
    const gathered = await this.coordinator.gather(request);
    if (isRejection(gathered)) throw problemOfRejection(gathered);
    const decision = await this.coordinator.decide(gathered, false);
    if (isRejection(decision)) throw problemOfRejection(decision);
    return { status: 200, headers: {}, body: this.coordinator.respond(decision, context), position: null };
  }
}
