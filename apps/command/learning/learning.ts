import { Inject, Injectable, Logger } from '@nestjs/common';
import { schemaVersionOf } from '#contracts';
import {
  decideLearnedState,
  type Evidence,
  EvidenceOfOutcomes,
  isRejection,
  LEARNED_STATE_STREAM,
  type LearnedStateCommand,
  type LearnedStateEvent,
} from '#domain';
import { canonicalHash, problemOfRejection } from '#platform';
import { appendOrShed, withRetries } from '../append-outcome.js';
import {
  CLOCK,
  type Clock,
  type CommandStore,
  EVENT_STORE,
  LEARNING,
  type LearningAdapters,
} from '../command-adapters.js';
import { type CommandContext, eventMetadata } from '../command-context.js';
import { Judge } from './judge.js';
import { LearnedStates } from './learned-states.js';
import { LearningMetrics } from './learning-metrics.js';

/** What a run of learning came to. */
export interface LearningReport {
  readonly observations: number;
  /** null where there was too little to learn from */
  readonly challenger: string | null;
  /** proposed by this run */
  readonly proposed: boolean;
  readonly judged: readonly { readonly learned_state_id: string; readonly verdict: 'PROMOTE' | 'KEEP' | 'TOO_EARLY' }[];
  readonly champion: string;
}

/** outcomes of older coordinations are left out */
const WINDOW_YEARS = 3;
const OBSERVATIONS_MIN = 100;
/** a challenger has so long to win before the next one is proposed; what is learned meanwhile goes into that one */
const CHALLENGE_DAYS = 30;
const DAY_MS = 86_400_000;
const YEAR_MS = 365.25 * 86_400_000;

/**
 * Learns from all outcomes, proposes what comes out as a challenger, and judges the challengers there are on coordinations that they have not
 * seen. To run twice changes nothing that one run has not: proposing the same again is no event, and each look is counted.
 */
@Injectable()
export class Learning {
  private readonly logger = new Logger('Learning');

  constructor(
    @Inject(LEARNING) private readonly adapters: LearningAdapters,
    @Inject(EVENT_STORE) private readonly store: CommandStore,
    @Inject(CLOCK) private readonly now: Clock,
    private readonly states: LearnedStates,
    private readonly judge: Judge,
    private readonly metrics: LearningMetrics,
  ) {}

  async run(context: CommandContext): Promise<LearningReport> {
    const begun = performance.now();
    const since = new Date(this.now().getTime() - WINDOW_YEARS * YEAR_MS).toISOString();
    const gathered = new EvidenceOfOutcomes(since);
    const decidedAt = new Map<string, string>();
    await this.adapters.outcomes.each((data) => {
      gathered.add(data);
      decidedAt.set(data.coordination_id, data.decided_at);
    });
    const judged = await this.judgeAll(decidedAt, context);
    const evidence = gathered.size < OBSERVATIONS_MIN ? null : gathered.evidence();
    const learned = evidence === null || this.isChallenged(evidence) ? null : await this.propose(evidence, context);
    this.metrics.ran((performance.now() - begun) / 1000, gathered.size);
    const { champion } = this.states.champions();
    return { observations: gathered.size, challenger: null, proposed: false, ...learned, judged, champion };
  }

  async revert(reason: string, context: CommandContext): Promise<string> {
    await this.tell({ type: 'revert', reason }, context);
    return this.states.champions().champion;
  }

  private async propose(
    evidence: Evidence,
    context: CommandContext,
  ): Promise<Pick<LearningReport, 'challenger' | 'proposed'>> {
    const content = await this.adapters.learner.learn(evidence);
    const learned_state_id = canonicalHash(content);
    const events = await this.tell(
      {
        type: 'propose',
        data: {
          state: { learned_state_id, ...content },
          learned_until: evidence.until,
          observations: evidence.observations.length,
        },
      },
      context,
    );
    return { challenger: learned_state_id, proposed: events.length > 0 };
  }

  /** Proposed states that were never used, the newest last. */
  private waiting(): string[] {
    const { looks, champion, former } = this.states.champions();
    return [...looks.keys()].filter((id) => id !== champion && !former.includes(id));
  }

  private isChallenged({ until }: Evidence): boolean {
    const newest = this.states.learnedUntil(this.waiting().at(-1) ?? '');
    return newest !== null && Date.parse(until) - Date.parse(newest) < CHALLENGE_DAYS * DAY_MS;
  }

  /** The newest challenger, on what was decided after it had learned. */
  private async judgeAll(
    decidedAt: ReadonlyMap<string, string>,
    context: CommandContext,
  ): Promise<LearningReport['judged']> {
    const waiting = this.waiting().slice(-1);
    const judged: LearningReport['judged'][number][] = [];
    for (const id of waiting) {
      const [challenger, current] = [await this.states.find(id), this.states.current()];
      const until = this.states.learnedUntil(id);
      if (challenger === undefined || until === null || id === current.id) continue;
      const unseen = [...decidedAt].filter(([, at]) => at > until).sort(([, a], [, b]) => (a < b ? -1 : 1));
      const compared = await this.judge.compare(
        challenger,
        current,
        unseen.map(([coordination]) => coordination),
      );
      if (compared === null) continue;
      const events = await this.tell(
        { type: 'judge', learned_state_id: id, ...compared, challengers: waiting.length },
        context,
      );
      const [event] = events;
      const verdict =
        event === undefined ? 'TOO_EARLY' : event.type === 'learned_state_promoted' ? 'PROMOTE' : ('KEEP' as const);
      this.metrics.judged(verdict);
      judged.push({ learned_state_id: id, verdict });
    }
    return judged;
  }

  private tell(command: LearnedStateCommand, context: CommandContext): Promise<readonly LearnedStateEvent[]> {
    return withRetries(async () => {
      await this.states.look();
      const events = decideLearnedState(this.states.champions(), command);
      if (isRejection(events)) throw problemOfRejection(events);
      if (events.length === 0) return events;
      const outcome = await appendOrShed(this.store, {
        streams: [
          {
            stream: LEARNED_STATE_STREAM,
            expectedVersion: this.states.version(),
            events: events.map(({ type, data }) => ({ type, data, schemaVersion: schemaVersionOf(type) })),
          },
        ],
        metadata: eventMetadata(context),
      });
      if (outcome.kind !== 'APPENDED') return null;
      await this.states.look();
      for (const { type } of events) this.logger.log(`${type.replaceAll('_', ' ')}`);
      return events;
    });
  }
}
