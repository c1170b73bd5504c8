import { Inject, Injectable } from '@nestjs/common';
import { schemaVersionOf } from '#contracts';
import {
  type CoordinationDecision,
  coordinationApplied,
  type CoordinationRequest,
  type CoordinationResponse,
  coordinationStream,
  evolvePortfolio,
  isRejection,
  portfolioStream,
  type Rejection,
} from '#domain';
import type { Append, IdempotencyRecord, StreamAppend } from '#event-store';
import { CoordinationMetrics, withSpan } from '#platform';
import { appendOrShed, withRetries } from '../append-outcome.js';
import type { CommandAnswer } from '../command-answer.js';
import { CLOCK, type Clock, type CommandStore, ENGINE, EVENT_STORE } from '../command-adapters.js';
import { type CommandContext, eventMetadata } from '../command-context.js';
import type { Engine } from '../engine-pool/engine.js';
import { refuseWhenBusy } from '../engine-pool/refuse-when-busy.js';
import type { EventAddress, IdempotencyClaim } from '../idempotency/idempotency.js';
import type { LoadedPortfolio } from '../portfolio/portfolios.js';
import { commandSideRows } from './command-side-rows.js';
import { type GatheredRequest, GatherRequest } from './gather-request.js';
import { PortfolioTurns } from './portfolio-turns.js';

/** the number that is never given: ids of coordinations that are not stored end in it */
const NOT_STORED = 0;

/**
 * How often a decision is made again because another process changed its portfolio meanwhile. Within a process they take
 * turns, so that each attempt is lost to another process at most: with two that never pause, one request in 1,000 is sent away.
 */
const ATTEMPTS_MAX = 10;

type Stored = CommandAnswer<CoordinationResponse> | IdempotencyRecord;

/** Where a decision is stored beside its own stream. */
export interface Destination {
  readonly claim?: IdempotencyClaim | undefined;
  /** the stored portfolio that it was decided on */
  readonly stored?: LoadedPortfolio | undefined;
}

/** A coordination, and its steps: gather, decide, store. Each is used alone by the batch. */
@Injectable()
export class Coordinator {
  constructor(
    @Inject(EVENT_STORE) private readonly store: CommandStore,
    @Inject(ENGINE) private readonly engine: Engine,
    @Inject(CLOCK) private readonly now: Clock,
    private readonly requests: GatherRequest,
    private readonly turns: PortfolioTurns,
    private readonly metrics: CoordinationMetrics,
  ) {}

  /** decisions that are worth starting at the same time */
  get parallelism(): number {
    return this.engine.parallelism;
  }

  /**
   * From the request to what is stored. On a stored portfolio it waits for its turn, and where another process changed the
   * portfolio before it was stored, it is decided again on what the portfolio is now.
   */
  async coordinate(
    request: CoordinationRequest,
    context: CommandContext,
    claim: IdempotencyClaim | undefined,
  ): Promise<Stored | Rejection> {
    let coordinationId: string | undefined;
    const attempt = async (): Promise<Stored | Rejection | null> => {
      const gathered = await this.gather(request);
      if (isRejection(gathered)) return gathered;
      coordinationId ??= await this.nextId(true);
      const decision = await this.decideAs(coordinationId, gathered);
      if (isRejection(decision)) return decision;
      return this.persist(decision, this.respond(decision, context), context, { claim, stored: gathered.stored });
    };
    const onConflict = (last: boolean): void => this.metrics.conflicted(last ? 'GIVEN_UP' : 'RETRIED');
    return this.inTurn(request, () => withRetries(attempt, { attemptsMax: ATTEMPTS_MAX, onConflict }));
  }

  /** Alone among those of this process that are decided on the same stored portfolio. */
  async inTurn<T>(request: CoordinationRequest, work: () => Promise<T>): Promise<T> {
    if (request.portfolio_id === undefined) return work();
    const startedAt = performance.now();
    return this.turns.take(request.portfolio_id, () => {
      this.metrics.took('turn', performance.now() - startedAt);
      return work();
    });
  }

  /** @param known the stored portfolio that the request names, where it is at hand */
  async gather(request: CoordinationRequest, known?: LoadedPortfolio): Promise<GatheredRequest | Rejection> {
    const startedAt = performance.now();
    const gathered = await withSpan('gather', {}, () => this.requests.gather(request, known));
    this.metrics.took('gather', performance.now() - startedAt);
    return this.countRefusal(gathered);
  }

  /** @param numbered whether it is going to be stored and so gets an id of its own */
  async decide(gathered: GatheredRequest, numbered: boolean): Promise<CoordinationDecision | Rejection> {
    return this.decideAs(await this.nextId(numbered), gathered);
  }

  private async decideAs(
    coordinationId: string,
    { command }: GatheredRequest,
  ): Promise<CoordinationDecision | Rejection> {
    const startedAt = performance.now();
    const decision = await withSpan('decide', { 'coordination.id': coordinationId }, () =>
      refuseWhenBusy(this.engine.decide({ ...command, coordinationId })),
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

  /**
   * Both events, what they do to the stored portfolio, the rows and the claim in one transaction; or the record of whoever
   * claimed the key before; or null where the stored portfolio is no longer what it was decided on.
   */
  async persist(
    decision: CoordinationDecision,
    body: CoordinationResponse,
    context: CommandContext,
    { claim, stored }: Destination,
  ): Promise<Stored | null> {
    const answer = { status: 201, headers: { location: `/coordination/${body.coordination_id}` }, body };
    const startedAt = performance.now();
    const stream = coordinationStream(body.coordination_id);
    const append: Append = {
      streams: [
        {
          stream,
          expectedVersion: 0,
          events: decision.events.map(({ type, data }) => ({ type, data, schemaVersion: schemaVersionOf(type) })),
        },
        // last, so that the answer's position has it
        ...(stored ? [appliedTo(stored, decision)] : []),
      ],
      metadata: eventMetadata(context, body.processing_time_ms),
      rows: commandSideRows(body),
      ...(claim ? { idempotency: { ...claim, response: answer } } : {}),
    };
    const outcome = await withSpan('append', {}, () => appendOrShed(this.store, append));
    this.metrics.took('append', performance.now() - startedAt);
    if (outcome.kind === 'IDEMPOTENT_REPEAT') return outcome.record;
    if (outcome.kind === 'VERSION_CONFLICT') {
      if (outcome.stream === stream) throw new Error(`${stream} exists already: its id was given twice`);
      return null;
    }
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

function appliedTo(stored: LoadedPortfolio, decision: CoordinationDecision): StreamAppend {
  const { type, data } = coordinationApplied(stored.portfolio, decision.events);
  return {
    stream: portfolioStream(data.portfolio_id),
    expectedVersion: stored.version,
    events: [{ type, data, schemaVersion: schemaVersionOf(type) }],
  };
}

/** The stored portfolio as it will be when the decision is stored. */
export const afterDecision = (stored: LoadedPortfolio, decision: CoordinationDecision): LoadedPortfolio => ({
  version: stored.version + 1,
  portfolio: evolvePortfolio(stored.portfolio, coordinationApplied(stored.portfolio, decision.events)),
});

/** to the microsecond */
const roundMs = (milliseconds: number): number => Math.round(milliseconds * 1e3) / 1e3;

/** The last event of a coordination's append. */
export const completedEvent = (body: CoordinationResponse): EventAddress => ({
  stream: coordinationStream(body.coordination_id),
  version: 2,
});
