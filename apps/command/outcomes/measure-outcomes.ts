import { Inject, Injectable } from '@nestjs/common';
import { schemaVersionOf } from '#contracts';
import {
  decideOutcomes,
  type DecidedOutcomes,
  evolveOutcomes,
  isRejection,
  type KnownOutcomes,
  NO_OUTCOMES,
  type OutcomeEvent,
  outcomeStream,
  outcomeSubjects,
  type OutcomeSubjects,
  type Rejection,
} from '#domain';
import type { Prices } from '#engine';
import type { AppendOutcome, IdempotencyRecord } from '#event-store';
import { appendOrShed } from '../append-outcome.js';
import { type CommandStore, EVENT_STORE } from '../command-adapters.js';
import { type CommandContext, eventMetadata } from '../command-context.js';
import { Executions } from '../execution/executions.js';
import { RecallCoordination } from '../replay/recall-coordination.js';
import { OutcomeMetrics } from './outcome-metrics.js';

/** A coordination with what is known to have come of it. */
interface LoadedOutcomes {
  readonly subjects: OutcomeSubjects;
  readonly known: KnownOutcomes;
  /** of the outcome stream */
  readonly version: number;
}

export interface StoredOutcomes {
  readonly decided: DecidedOutcomes;
  /** of the outcome stream before */
  readonly version: number;
  /** null where there was nothing to store */
  readonly appended: AppendOutcome | null;
}

/** Tells what came of one coordination: gathers what was recorded, decides, appends. */
@Injectable()
export class MeasureOutcomes {
  constructor(
    @Inject(EVENT_STORE) private readonly store: CommandStore,
    private readonly recall: RecallCoordination,
    private readonly executions: Executions,
    private readonly metrics: OutcomeMetrics,
  ) {}

  /** By closes. Null where there is no such coordination, or its inputs make no portfolio. */
  async measure(
    coordinationId: string,
    prices: Prices,
    benchmark: string | undefined,
    context: CommandContext,
  ): Promise<StoredOutcomes | null> {
    const stored = await this.tell(
      coordinationId,
      (known, subjects) => decideOutcomes(known, subjects, prices, benchmark),
      context,
    );
    return stored !== null && isRejection(stored) ? null : stored;
  }

  /** @param decide pure; what it rejects is not stored */
  async tell(
    coordinationId: string,
    decide: (known: KnownOutcomes, subjects: OutcomeSubjects) => DecidedOutcomes | Rejection,
    context: CommandContext,
    recordOf?: (events: readonly OutcomeEvent[], version: number) => IdempotencyRecord,
  ): Promise<StoredOutcomes | Rejection | null> {
    const loaded = await this.load(coordinationId);
    if (loaded === null) return null;
    const { version } = loaded;
    const decided = decide(loaded.known, loaded.subjects);
    if (isRejection(decided)) return decided;
    const { events } = decided;
    if (events.length === 0) return { decided, version, appended: null };
    const appended = await appendOrShed(this.store, {
      streams: [
        {
          stream: outcomeStream(coordinationId),
          expectedVersion: version,
          events: events.map(({ type, data }) => ({ type, data, schemaVersion: schemaVersionOf(type) })),
        },
      ],
      metadata: eventMetadata(context),
      ...(recordOf ? { idempotency: recordOf(events, version) } : {}),
    });
    if (appended.kind === 'APPENDED') for (const event of events) this.metrics.told(event);
    return { decided, version, appended };
  }

  private async load(coordinationId: string): Promise<LoadedOutcomes | null> {
    const recalled = await this.recall.recall(coordinationId);
    if (recalled === null) return null;
    const [execution, recorded] = await Promise.all([
      this.executions.load(coordinationId, true),
      this.store.readStream(outcomeStream(coordinationId)),
    ]);
    const subjects = outcomeSubjects(recalled.command, recalled.completed, execution?.execution ?? null);
    if (subjects === null) return null;
    const events = recorded.map(({ type, data }) => ({ type, data }) as OutcomeEvent);
    return { subjects, known: events.reduce(evolveOutcomes, NO_OUTCOMES), version: recorded.length };
  }
}
