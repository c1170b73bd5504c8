import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { OutcomesReceipt, OutcomesRequest } from '#contracts';
import { decidePostedOutcomes, isRejection, type OutcomeEvent, outcomeStream } from '#domain';
import type { IdempotencyRecord } from '#event-store';
import { ProblemException, problemOfRejection } from '#platform';
import { withRetries } from '../append-outcome.js';
import type { CommandAnswer } from '../command-answer.js';
import type { CommandContext } from '../command-context.js';
import { Idempotency, type IdempotencyClaim } from '../idempotency/idempotency.js';
import { MeasureOutcomes } from './measure-outcomes.js';

/** A client tells what came of signals and decisions, in place of the market data here. */
export class PostOutcomes extends Command<CommandAnswer<OutcomesReceipt>> {
  constructor(
    readonly coordinationId: string,
    readonly body: OutcomesRequest,
    readonly context: CommandContext,
    readonly idempotencyKey?: string,
  ) {
    super();
  }
}

@CommandHandler(PostOutcomes)
export class PostOutcomesHandler implements ICommandHandler<PostOutcomes> {
  constructor(
    private readonly outcomes: MeasureOutcomes,
    private readonly idempotency: Idempotency,
  ) {}

  execute(command: PostOutcomes): Promise<CommandAnswer<OutcomesReceipt>> {
    const { coordinationId, body, context, idempotencyKey } = command;
    return this.idempotency.run<OutcomesReceipt>({
      scope: `${context.actor} POST /coordination/${coordinationId}/outcomes`,
      key: idempotencyKey,
      requestBody: body,
      eventOf: ({ version }) => ({ stream: outcomeStream(coordinationId), version }),
      write: (claim) => withRetries(() => this.tell(command, claim)),
    });
  }

  /** Null where somebody else told something of it at the same moment. */
  private async tell(
    { coordinationId, body, context }: PostOutcomes,
    claim: IdempotencyClaim | undefined,
  ): Promise<CommandAnswer<OutcomesReceipt> | IdempotencyRecord | null> {
    const answerOf = (events: readonly OutcomeEvent[], before: number) => ({
      status: 200,
      headers: {},
      body: receipt(coordinationId, body, events, before),
    });
    const stored = await this.outcomes.tell(
      coordinationId,
      (known, subjects) => decidePostedOutcomes(known, subjects, body.outcomes),
      context,
      claim && ((events, version) => ({ ...claim, response: answerOf(events, version) })),
    );
    if (stored === null) {
      throw new ProblemException('not-found', { detail: `No coordination is called "${coordinationId}".` });
    }
    if (isRejection(stored)) throw problemOfRejection(stored);
    const { decided, appended, version } = stored;
    const answer = answerOf(decided.events, version);
    if (appended === null) return { ...answer, position: null };
    if (appended.kind === 'VERSION_CONFLICT') return null;
    return appended.kind === 'IDEMPOTENT_REPEAT' ? appended.record : { ...answer, position: appended.position };
  }
}

function receipt(
  coordination_id: string,
  { outcomes }: OutcomesRequest,
  events: readonly OutcomeEvent[],
  before: number,
): OutcomesReceipt {
  const rows = (type: OutcomeEvent['type']): number =>
    events
      .filter((event) => event.type === type)
      .reduce((sum, { data }) => sum + data.signals.length + data.decisions.length, 0);
  const [measured, corrected] = [rows('outcomes_measured'), rows('outcomes_corrected')];
  return {
    coordination_id,
    version: before + events.length,
    measured,
    corrected,
    unchanged: outcomes.length - measured - corrected,
  };
}
