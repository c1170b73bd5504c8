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
      write: (claim) => this.decideAndPersist(command, claim),
    });
  }

  private async decideAndPersist(command: CoordinateSignals, claim?: IdempotencyClaim) {
    const decision = await this.decide(command, true);
    const body = this.coordinator.respond(decision, command.context);
    return this.coordinator.persist(decision, body, command.context, claim);
  }

  private async dryRun(command: CoordinateSignals): Promise<CommandAnswer<CoordinationResponse>> {
    const body = this.coordinator.respond(await this.decide(command, false), command.context);
    return { status: 200, headers: {}, body, position: null };
  }

  private async decide({ request }: CoordinateSignals, numbered: boolean) {
    const gathered = await this.coordinator.gather(request);
    if (isRejection(gathered)) throw problemOfRejection(gathered);
    const decision = await this.coordinator.decide(gathered, numbered);
    if (isRejection(decision)) throw problemOfRejection(decision);
    return decision;
  }
}
