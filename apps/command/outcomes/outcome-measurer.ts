import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { CoordinationCompleted } from '#domain';
import type { Opening, OpenOutcome } from '#event-store';
import { type CommandStore, EVENT_STORE, type OutcomeAdapters, OUTCOMES } from '../command-adapters.js';
import { internalContext } from '../command-context.js';
import { MeasureOutcomes } from './measure-outcomes.js';
import { OutcomeMetrics } from './outcome-metrics.js';
import { type KnownPrices, OutcomePrices } from './outcome-prices.js';

const LOOK_MS = 5_000;
/** another process takes over when this one has not looked for so long */
const LEASE_MS = 60_000;
const BATCH = 100;
/** revised bars of this many days are looked at after everything was told */
const SETTLE_DAYS = 30;
/** what nothing was told of for so long is given up: its instruments no longer have bars */
const GIVE_UP_DAYS = 4_000;
const DAY_MS = 86_400_000;

const dayAfter = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);

/**
 * Tells outcomes when bars have come that they can be told by: of all processes the one that holds the watch. To measure twice changes
 * nothing, so that nothing is told twice when the watch changes hands.
 */
@Injectable()
export class OutcomeMeasurer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Outcomes');
  private readonly holder = randomUUID();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;
  private watching = false;

  constructor(
    @Inject(OUTCOMES) private readonly adapters: OutcomeAdapters,
    @Inject(EVENT_STORE) private readonly store: CommandStore,
    private readonly outcomes: MeasureOutcomes,
    private readonly prices: OutcomePrices,
    private readonly metrics: OutcomeMetrics,
  ) {}

  onApplicationBootstrap(): void {
    if (this.adapters.closes !== null) this.lookLater();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
    clearTimeout(this.timer);
    await this.adapters.open.release(this.holder).catch(() => undefined);
  }

  /** Whether this process of all measures, as far as it knows. */
  get isWatching(): boolean {
    return this.watching;
  }

  /** Never rejects: what fails is tried again. Gives how many coordinations it has looked at. */
  async look(): Promise<number> {
    const { open, closes } = this.adapters;
    try {
      this.watching = closes !== null && (await open.watch(this.holder, LEASE_MS));
      if (closes === null || !this.watching) return 0;
      await this.noteCompletions();
      this.metrics.open(await open.count());
      const lastDay = await closes.lastDay();
      const due = lastDay === null ? [] : await open.due(lastDay, BATCH);
      const first = due[0];
      const known = first === undefined ? null : await this.prices.from(first.decidedOn);
      if (known === null) return 0;
      for (const each of due) {
        if (this.stopped) break;
        await this.measure(each, known);
      }
      return due.length;
    } catch (error) {
      this.logger.warn(`outcomes could not be looked at, and are again: ${String(error)}`);
      return 0;
    }
  }

  private lookLater(wait = LOOK_MS): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      // a full batch is followed by the next one at once
      this.running = this.look().then((looked) => this.lookLater(looked === BATCH ? 0 : LOOK_MS));
    }, wait);
    this.timer.unref();
  }

  private async noteCompletions(): Promise<void> {
    const { upTo, openings } = await this.adapters.open.openings();
    const found: OpenOutcome[] = [];
    for (const opening of openings) found.push(await this.openingOf(opening));
    await this.adapters.open.note(this.holder, upTo, found);
  }

  private async openingOf({ stream, version }: Opening): Promise<OpenOutcome> {
    const [event] = await this.store.readStream(stream, { fromVersion: version, limit: 1 });
    const { coordination_id, outcome } = event!.data as CoordinationCompleted['data'];
    const decidedOn = outcome.as_of.slice(0, 10);
    return {
      coordinationId: coordination_id,
      decidedOn,
      dueOn: decidedOn,
      settlesOn: dayAfter(decidedOn, GIVE_UP_DAYS),
    };
  }

  private async measure({ coordinationId, settlesOn }: OpenOutcome, { prices, lastDay }: KnownPrices): Promise<void> {
    const { open, benchmark } = this.adapters;
    const context = internalContext('outcomes', this.holder);
    try {
      const stored = await this.outcomes.measure(coordinationId, prices, benchmark, context);
      // somebody else told something of it at the same moment: looked at again
      if (stored?.appended?.kind === 'VERSION_CONFLICT') return;
      const pending = stored?.decided.pending ?? false;
      const settles = pending ? settlesOn : earlier(settlesOn, dayAfter(lastDay, SETTLE_DAYS));
      if (stored === null || settles <= lastDay) await open.settle(coordinationId);
      else await open.postpone(coordinationId, pending ? dayAfter(lastDay, 1) : settles, settles);
    } catch (error) {
      this.metrics.failed();
      this.logger.warn(
        `outcomes of ${coordinationId} could not be told: ${String(error)}; with the next day's bars again`,
      );
      await open.postpone(coordinationId, dayAfter(lastDay, 1), settlesOn);
    }
  }
}

const earlier = (a: string, b: string): string => (a < b ? a : b);
