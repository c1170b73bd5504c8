import { Inject, Logger } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ProblemDocument } from '#contracts';
import {
  type CoordinationDecision,
  type CoordinationRequest,
  type CoordinationResponse,
  type FieldError,
  isRejection,
  type Rejection,
} from '#domain';
import type { IdempotencyRecord } from '#event-store';
import { describeErrors, prefixErrors, ProblemException, problemOfRejection, toProblem } from '#platform';
import type { CommandAnswer } from '../command-answer.js';
import { type CommandStore, EVENT_STORE } from '../command-adapters.js';
import type { CommandContext } from '../command-context.js';
import { hashBody, Idempotency, type IdempotencyClaim } from '../idempotency/idempotency.js';
import { mapBounded, streamBounded } from './bounded.js';
import { BatchPortfolios } from './batch-portfolios.js';
import { afterDecision, completedEvent, Coordinator, type Destination } from './coordinator.js';
import type { GatheredRequest } from './gather-request.js';

type ItemAnswer = CommandAnswer<CoordinationResponse>;

/** One line of the stream: an item as it finished. */
export interface BatchLine {
  /** in the request's list */
  readonly index: number;
  readonly status: number;
  readonly location?: string;
  readonly coordination_position?: string;
  readonly response?: CoordinationResponse;
  readonly problem?: ProblemDocument;
}

/** Answers item by item: at once in a list, or as they finish. */
export class CoordinateBatch extends Command<AsyncGenerator<BatchLine> | readonly ItemAnswer[]> {
  constructor(
    readonly requests: readonly CoordinationRequest[],
    readonly context: CommandContext,
    readonly options: { readonly streamed: boolean; readonly idempotencyKey?: string | undefined },
  ) {
    super();
  }
}

/** An item with everything that was looked up for it; what an earlier run stored under the same key is not done again. */
interface PreparedItem {
  readonly index: number;
  readonly request: CoordinationRequest;
  readonly claim?: IdempotencyClaim | undefined;
  readonly work: { readonly gathered: GatheredRequest } | { readonly repeated: ItemAnswer };
}

type DecidedItem = (
  | {
      readonly decision: CoordinationDecision;
      readonly body: CoordinationResponse;
      readonly stored: Destination['stored'];
    }
  | { readonly repeated: ItemAnswer }
) &
  Pick<PreparedItem, 'index' | 'request' | 'claim'>;

/** appends that run at the same time; each is one round trip to the database */
const APPENDS_PARALLEL = 8;

@CommandHandler(CoordinateBatch)
export class CoordinateBatchHandler implements ICommandHandler<CoordinateBatch> {
  private readonly logger = new Logger(CoordinateBatchHandler.name);

  constructor(
    private readonly coordinator: Coordinator,
    private readonly idempotency: Idempotency,
    @Inject(EVENT_STORE) private readonly store: CommandStore,
  ) {}

  async execute(command: CoordinateBatch): Promise<AsyncGenerator<BatchLine> | readonly ItemAnswer[]> {
    const prepared = await this.prepare(command);
    // each worker has one item in hand and one at the door
    const parallel = 2 * this.coordinator.parallelism;
    if (command.options.streamed) {
      return streamBounded(prepared, parallel, (item) => this.line(item, command.context));
    }
    const portfolios = new BatchPortfolios();
    const decided = await mapBounded(prepared, parallel, (item) => this.decide(item, command.context, portfolios));
    const accepted = refuseTogether(decided);
    return mapBounded(accepted, APPENDS_PARALLEL, (item) => this.persist(item, command.context, portfolios));
  }

  /** Refuses the whole list where anything an item refers to is not there. */
  private async prepare({ requests, context, options }: CoordinateBatch): Promise<PreparedItem[]> {
    const bodyHash = options.idempotencyKey === undefined ? '' : hashBody(requests);
    const items = await mapBounded(requests, APPENDS_PARALLEL, async (request, index) => {
      const claim = itemClaim(context.actor, options.idempotencyKey, bodyHash, index);
      const repeated = claim && (await this.findRepeat(claim));
      if (repeated) return { index, request, claim, work: { repeated } };
      const gathered = await this.coordinator.gather(request);
      if (isRejection(gathered)) return gathered;
      return { index, request, claim, work: { gathered } };
    });
    return refuseTogether(items);
  }

  private async findRepeat(claim: IdempotencyClaim): Promise<ItemAnswer | undefined> {
    const record = await this.store.findIdempotencyRecord(claim.scope, claim.key);
    return record === null ? undefined : this.repeat(record, claim);
  }

  /** Of the items of one stored portfolio each is decided on what those before it will leave. */
  private async decide(
    { work, index, request, claim }: PreparedItem,
    batch: CommandContext,
    portfolios: BatchPortfolios,
  ): Promise<DecidedItem | Rejection> {
    const item = { index, request, claim };
    if ('repeated' in work) return { ...item, ...work };
    return portfolios.inOrder(request, async (before) => {
      const context = { ...batch, startedAt: performance.now() };
      const gathered = before ? await this.coordinator.gather(request, before) : work.gathered;
      if (isRejection(gathered)) return gathered;
      const decision = await this.coordinator.decide(gathered, true);
      if (isRejection(decision)) return decision;
      const { stored } = gathered;
      if (stored) portfolios.decided(request, afterDecision(stored, decision));
      return { ...item, decision, body: this.coordinator.respond(decision, context), stored };
    });
  }

  /** As it was decided; where its stored portfolio was changed by anybody else meanwhile, it and those after it are decided again. */
  private async persist(item: DecidedItem, context: CommandContext, portfolios: BatchPortfolios): Promise<ItemAnswer> {
    const { request, claim } = item;
    if ('repeated' in item) return item.repeated;
    const { decision, body, stored } = item;
    const answer = await this.coordinator.inTurn(request, () =>
      portfolios.unlessOvertaken(request, () => this.coordinator.persist(decision, body, context, { claim, stored })),
    );
    if (answer !== null) return 'response' in answer ? this.repeatClaimed(answer, claim) : answer;
    return this.coordinate(item, context);
  }

  private async coordinate(
    { request, index, claim }: Pick<PreparedItem, 'request' | 'index' | 'claim'>,
    batch: CommandContext,
  ): Promise<ItemAnswer> {
    const context = { ...batch, startedAt: performance.now() };
    const answer = await this.coordinator.coordinate(request, context, claim);
    if (isRejection(answer)) throw problemOfRejection(answer, `/${index}`);
    return 'response' in answer ? this.repeatClaimed(answer, claim) : answer;
  }

  private repeatClaimed(record: IdempotencyRecord, claim: IdempotencyClaim | undefined): Promise<ItemAnswer> {
    if (claim === undefined) throw new Error('a write without a key met an idempotency record');
    return this.repeat(record, claim);
  }

  private repeat(record: IdempotencyRecord, { key, bodyHash }: IdempotencyClaim): Promise<ItemAnswer> {
    return this.idempotency.repeat<CoordinationResponse>({ key, eventOf: completedEvent }, record, bodyHash);
  }

  /** One item from decision to commit; what goes wrong with it is its line, and the others go on. */
  private async line(item: PreparedItem, context: CommandContext): Promise<BatchLine> {
    const { index } = item;
    try {
      const answer = 'repeated' in item.work ? item.work.repeated : await this.coordinate(item, context);
      const { status, headers, position, body } = answer;
      return {
        index,
        status,
        ...headers,
        ...(position === null ? {} : { coordination_position: position.toString() }),
        response: body,
      };
    } catch (error) {
      const problem = toProblem(error);
      if (problem.problem === 'internal-error') this.logger.error(error);
      const document = problem.toDocument({ instance: `/batch-coordinate`, requestId: context.correlationId });
      return { index, status: document.status, problem: document };
    }
  }
}

/** Each item has a key of its own, which names the whole list: with another list it is another body. */
function itemClaim(
  actor: string,
  key: string | undefined,
  bodyHash: string,
  index: number,
): IdempotencyClaim | undefined {
  return key === undefined ? undefined : { scope: `${actor} POST /batch-coordinate`, key: `${key}#${index}`, bodyHash };
}

/** The items, where none is refused; else one problem with the errors of all, each under its place in the list. */
function refuseTogether<T extends object>(items: readonly (T | Rejection)[]): T[] {
  const errors = items.flatMap((item, index): readonly FieldError[] => {
    if (!isRejection(item)) return [];
    return prefixErrors(item.errors ?? [{ pointer: '', message: item.message }], `/${index}`);
  });
  if (errors.length > 0) throw new ProblemException('invalid-request', { detail: describeErrors(errors), errors });
  return items.filter((item): item is T => !isRejection(item));
}
