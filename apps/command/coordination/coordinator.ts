import { Inject, Injectable } from '@nestjs/common';
import { schemaVersionOf } from '#contracts';
import {
  type CoordinationDecision,
  type CoordinationRequest,
  type CoordinationResponse,
  coordinationStream,
  isRejection,
  type Rejection,
} from '#domain';
import type { Append, IdempotencyRecord } from '#event-store';
import { CoordinationMetrics, withSpan } from '#platform';
import { appendOrShed } from '../append-outcome.js';
import type { CommandAnswer } from '../command-answer.js';
import { CLOCK, type Clock, type CommandStore, ENGINE, EVENT_STORE } from '../command-adapters.js';
import { type CommandContext, eventMetadata } from '../command-context.js';
import type { Engine } from '../engine-pool/engine.js';
import { refuseWhenBusy } from '../engine-pool/refuse-when-busy.js';
import type { EventAddress, IdempotencyClaim } from '../idempotency/idempotency.js';
import { commandSideRows } from './command-side-rows.js';
import { type GatheredRequest, GatherRequest } from './gather-request.js';

/** the number that is never given: ids of coordinations that are not stored end in it */
const NOT_STORED = 0;

/** The steps of a coordination: gather, decide, store. Each is used alone by the batch. */
@Injectable()
export class Coordinator {
  constructor(
    @Inject(EVENT_STORE) private readonly store: CommandStore,
    @Inject(ENGINE) private readonly engine: Engine,
    @Inject(CLOCK) private readonly now: Clock,
    private readonly requests: GatherRequest,
    private readonly metrics: CoordinationMetrics,
  ) {}

  /** decisions that are worth starting at the same time */
  get parallelism(): number {
    return this.engine.parallelism;
  }

  async gather(request: CoordinationRequest): Promise<GatheredRequest | Rejection> {
    const startedAt = performance.now();
    const gathered = await withSpan('gather', {}, () => this.requests.gather(request));
    this.metrics.took('gather', performance.now() - startedAt);
    return this.countRefusal(gathered);
  }

  /** @param numbered whether it is going to be stored and so gets an id of its own */
  async decide(gathered: GatheredRequest, numbered: boolean): Promise<CoordinationDecision | Rejection> {
    const coordinationId = await this.nextId(numbered);
    const startedAt = performance.now();
    const decision = await withSpan('decide', { 'coordination.id': coordinationId }, () =>
      refuseWhenBusy(this.engine.decide({ ...gathered, coordinationId })),
    );
    this.metrics.took('decide', performance.now() - startedAt);
    if (!isRejection(decision)) this.metrics.solved(decision.diagnostics);
    return this.countRefusal(decision);
  }

  /** The answer of a decision as of now; the time it took ends here, before the append that stores it. */
  respond(decision: CoordinationDecision, context: CommandContext): CoordinationResponse {
    const { coordination_id, outcome } = decision.events[1].data;
    return { coordination_id, ...outcome, processing_time_ms: roundMs(performance.now() - context.startedAt) };
  }

  /** Both events, the rows and the claim in one transaction; or the record of whoever claimed the key before. */
  async persist(
    decision: CoordinationDecision,
    body: CoordinationResponse,
    context: CommandContext,
    claim?: IdempotencyClaim,
  ): Promise<CommandAnswer<CoordinationResponse> | IdempotencyRecord> {
    const answer = { status: 201, headers: { location: `/coordination/${body.coordination_id}` }, body };
    const startedAt = performance.now();
    const append: Append = {
      streams: [
        {
          stream: coordinationStream(body.coordination_id),
          expectedVersion: 0,
          events: decision.events.map(({ type, data }) => ({ type, data, schemaVersion: schemaVersionOf(type) })),
        },
      ],
      metadata: eventMetadata(context, body.processing_time_ms),
      rows: commandSideRows(body),
      ...(claim ? { idempotency: { ...claim, response: answer } } : {}),
    };
    const outcome = await withSpan('append', {}, () => appendOrShed(this.store, append));
    this.metrics.took('append', performance.now() - startedAt);
    if (outcome.kind === 'IDEMPOTENT_REPEAT') return outcome.record;
    if (outcome.kind === 'VERSION_CONFLICT')
      throw new Error(`${outcome.stream} exists already: its id was given twice`);
    this.metrics.stored(body);
    this.metrics.took('total', performance.now() - context.startedAt);
    return { ...answer, position: outcome.position };
  }

  private async nextId(numbered: boolean): Promise<string> {
    const day = this.now().toISOString().slice(0, 10).replaceAll('-', '');
    const number = numbered ? await this.store.nextCoordinationNumber(day) : NOT_STORED;
    return `coord_${day}_${String(number).padStart(3, '0')}`;
  }

  private countRefusal<T>(result: T | Rejection): T | Rejection {
    if (isRejection(result)) this.metrics.refused(result.code);
    return result;
  }
}

/** to the microsecond */
const roundMs = (milliseconds: number): number => Math.round(milliseconds * 1e3) / 1e3;

/** The last event of a coordination's append. */
export const completedEvent = (body: CoordinationResponse): EventAddress => ({
  stream: coordinationStream(body.coordination_id),
  version: 2,
});
