import { Inject, Injectable } from '@nestjs/common';
import { schemaVersionOf } from '#contracts';
import {
  decideExpiry,
  describeExecution,
  type DomainEvent,
  type Execution,
  type ExecutionAnswer,
  type ExecutionEvent,
  executionStream,
  finishExecution,
  isRejection,
  marketTime,
  portfolioStream,
  type Rejection,
  type ReplanTrigger,
} from '#domain';
import type { IdempotencyRecord, StreamAppend } from '#event-store';
import { ProblemException, problemOfRejection } from '#platform';
import { appendOrShed, withRetries } from '../append-outcome.js';
import type { CommandAnswer } from '../command-answer.js';
import { CLOCK, type Clock, type CommandStore, EVENT_STORE } from '../command-adapters.js';
import { type CommandContext, eventMetadata } from '../command-context.js';
import { PortfolioTurns } from '../coordination/portfolio-turns.js';
import type { IdempotencyClaim } from '../idempotency/idempotency.js';
import { Portfolios } from '../portfolio/portfolios.js';
import { ExecutionMetrics } from './execution-metrics.js';
import { Executions, type LoadedExecution } from './executions.js';
import { Replanner } from './replanner.js';
import { Unfolding } from './unfolding.js';

/** Something that is told of an execution. */
export interface ExecutionChange {
  readonly coordinationId: string;
  /** pure; @param now epoch milliseconds, of the clock */
  readonly decide: (execution: Execution, now: number) => DecidedChange | Rejection;
  /** why the rest is to be planned again because of it, whatever else there is */
  readonly replan?: ReplanTrigger;
}

interface DecidedChange {
  readonly events: readonly ExecutionEvent[];
  readonly duplicates: readonly string[];
  /** decisions that it was about */
  readonly about: readonly string[];
}

type Stored = CommandAnswer<ExecutionAnswer> | IdempotencyRecord;

const ATTEMPTS_MAX = 10;

/**
 * Takes what is told of an execution: decides it, plans the rest again where that is due, and appends it to the execution's
 * stream and to that of the stored portfolio in one transaction. Where another process was faster with either, it is
 * decided again, so that nothing is ever filled twice.
 */
@Injectable()
export class ChangeExecution {
  constructor(
    @Inject(EVENT_STORE) private readonly store: CommandStore,
    @Inject(CLOCK) private readonly now: Clock,
    private readonly executions: Executions,
    private readonly portfolios: Portfolios,
    private readonly replanner: Replanner,
    private readonly turns: PortfolioTurns,
    private readonly metrics: ExecutionMetrics,
  ) {}

  /** @throws ProblemException where it is refused, or there is no such coordination */
  async change(change: ExecutionChange, context: CommandContext, claim?: IdempotencyClaim): Promise<Stored> {
    const { coordinationId } = change;
    const loaded = this.executions.known(coordinationId) ?? (await this.load(coordinationId));
    let fresh = false;
    const attempt = async (): Promise<Stored | null> => {
      const current = fresh ? await this.load(coordinationId) : (this.executions.known(coordinationId) ?? loaded);
      fresh = true;
      return this.attempt(change, current, context, claim);
    };
    const onConflict = (last: boolean): void => this.metrics.conflicted(last ? 'GIVEN_UP' : 'RETRIED');
    return this.turns.take(turnOf(loaded), () => withRetries(attempt, { attemptsMax: ATTEMPTS_MAX, onConflict }));
  }

  private async load(coordinationId: string): Promise<LoadedExecution> {
    const loaded = await this.executions.load(coordinationId);
    if (loaded !== null) return loaded;
    throw new ProblemException('not-found', { detail: `No coordination is called "${coordinationId}".` });
  }

  /** Null where another writer was faster. */
  private async attempt(
    change: ExecutionChange,
    loaded: LoadedExecution,
    context: CommandContext,
    claim: IdempotencyClaim | undefined,
  ): Promise<Stored | null> {
    const now = this.now().getTime();
    // refused on what may be out of date: look again
    const current = await this.unlessOutdated(change, loaded, now);
    const unfolding = await this.begin(current);
    const decided = change.decide(unfolding.execution, now);
    if (isRejection(decided)) throw problemOfRejection(decided);
    unfolding.add(decided.events);
    unfolding.add(decideExpiry(unfolding.execution, now));
    const warnings: string[] = [];
    const wanted = decided.events.length > 0 ? (change.replan ?? null) : null;
    const replanned = await this.replanner.replan(unfolding, marketTime(unfolding.execution, now), wanted);
    if (replanned !== null && 'failed' in replanned) warnings.push(replanned.failed);
    else if (replanned !== null) unfolding.add([replanned]);
    unfolding.add(finishExecution(unfolding.execution));

    const body = answerOf(unfolding, decided, warnings, now);
    const location = `/coordination/${encodeURIComponent(change.coordinationId)}/execution`;
    const answer = { status: 200, headers: { location }, body };
    // nothing but its first event: nothing has happened
    if (unfolding.events.every(({ type }) => type === 'execution_started')) return { ...answer, position: null };
    return this.append(unfolding, current, answer, context, claim);
  }

  private async unlessOutdated(
    change: ExecutionChange,
    loaded: LoadedExecution,
    now: number,
  ): Promise<LoadedExecution> {
    const decided = change.decide(loaded.execution, now);
    if (!isRejection(decided) && decided.events.length > 0) return loaded;
    const current = await this.load(change.coordinationId);
    const again = change.decide(current.execution, now);
    if (isRejection(again)) throw problemOfRejection(again);
    return current;
  }

  /** With the portfolio, where it is a stored one, and the first event of the stream, where there is none. */
  private async begin(loaded: LoadedExecution): Promise<Unfolding> {
    const { execution, portfolioId } = loaded;
    const started = execution.started === null ? await this.replanner.start(loaded) : null;
    const isStored = execution.started?.stored ?? started?.data.stored_portfolio ?? false;
    const unfolding = new Unfolding(execution, isStored ? await this.portfolios.load(portfolioId) : null);
    if (started !== null) unfolding.add([started]);
    return unfolding;
  }

  private async append(
    { events, portfolioEvents, execution, stored }: Unfolding,
    { portfolioId, execution: before }: LoadedExecution,
    answer: Omit<CommandAnswer<ExecutionAnswer>, 'position'>,
    context: CommandContext,
    claim: IdempotencyClaim | undefined,
  ): Promise<Stored | null> {
    const { coordination_id, version } = before;
    const streams = [appendTo(executionStream(coordination_id), version, events)];
    // last, so that the answer's position has it
    if (stored !== null && portfolioEvents.length > 0) {
      streams.push(appendTo(portfolioStream(portfolioId), stored.version, portfolioEvents));
    }
    const outcome = await appendOrShed(this.store, {
      streams,
      metadata: eventMetadata(context),
      ...(claim ? { idempotency: { ...claim, response: { ...answer } } } : {}),
    });
    if (outcome.kind === 'IDEMPOTENT_REPEAT') return outcome.record;
    if (outcome.kind === 'VERSION_CONFLICT') return null;
    this.executions.keep(coordination_id, { portfolioId, execution });
    for (const event of events) this.metrics.stored(event);
    return { ...answer, position: outcome.position };
  }
}

/** Changes of a stored portfolio take turns with the coordinations that are decided on it. */
const turnOf = ({ portfolioId, execution }: LoadedExecution): string =>
  execution.started === null || execution.started.stored ? portfolioId : executionStream(execution.coordination_id);

const appendTo = (
  stream: string,
  expectedVersion: number,
  events: readonly { readonly type: DomainEvent['type']; readonly data: DomainEvent['data'] }[],
): StreamAppend => ({
  stream,
  expectedVersion,
  events: events.map(({ type, data }) => ({ type, data, schemaVersion: schemaVersionOf(type) })),
});

function answerOf(
  { execution, events }: Unfolding,
  { duplicates, about, events: decided }: DecidedChange,
  warnings: readonly string[],
  now: number,
): ExecutionAnswer {
  const view = describeExecution(execution, now);
  const named = new Set(about);
  const changed = events.some(({ type }) => type === 'execution_replanned' || type === 'execution_finished');
  const replanned = events.some(({ type }) => type === 'execution_replanned') ? view.replans.at(-1) : undefined;
  return {
    accepted: decided.reduce((sum, event) => sum + (event.type === 'fills_recorded' ? event.data.fills.length : 0), 0),
    duplicates,
    ...(replanned === undefined ? {} : { replanned }),
    warnings,
    execution: { ...view, orders: changed ? view.orders : view.orders.filter((order) => named.has(order.decision_id)) },
  };
}
