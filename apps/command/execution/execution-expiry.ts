import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type CoordinationApplied, type ExecutionStarted, expiresAt, openOrders } from '#domain';
import type { Opening, PlanDeadline } from '#event-store';
import {
  CLOCK,
  type Clock,
  type CommandStore,
  type Deadlines,
  EVENT_STORE,
  EXECUTION_DEADLINES,
} from '../command-adapters.js';
import { internalContext } from '../command-context.js';
import { ChangeExecution } from './change-execution.js';
import { Executions } from './executions.js';

const LOOK_MS = 2_000;
/** another process takes over when this one has not looked for so long */
const LEASE_MS = 15_000;
const DUE_MAX = 100;

/**
 * Ends plans that are past their time with shares left, so that portfolios do not wait for them: of all processes the one that holds
 * the watch. To expire twice changes nothing, so that nothing is lost or doubled when the watch changes hands.
 */
@Injectable()
export class ExecutionExpiry implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Execution');
  private readonly holder = randomUUID();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    @Inject(EXECUTION_DEADLINES) private readonly deadlines: Deadlines,
    @Inject(EVENT_STORE) private readonly store: CommandStore,
    @Inject(CLOCK) private readonly now: Clock,
    private readonly executions: Executions,
    private readonly changes: ChangeExecution,
  ) {}

  onApplicationBootstrap(): void {
    this.lookLater();
  }

  async onApplicationShutdown(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.running;
    clearTimeout(this.timer);
    await this.deadlines.release(this.holder).catch(() => undefined);
  }

  /** Never rejects: what fails is tried again. Gives how many plans have ended. */
  async look(): Promise<number> {
    try {
      if (!(await this.deadlines.watch(this.holder, LEASE_MS))) return 0;
      await this.noteOpenings();
      let ended = 0;
      for (const id of await this.deadlines.due(this.now(), DUE_MAX)) ended += (await this.expire(id)) ? 1 : 0;
      return ended;
    } catch (error) {
      this.logger.warn(`plans that may have ended could not be looked at, and are again: ${String(error)}`);
      return 0;
    }
  }

  private lookLater(): void {
    this.timer = setTimeout(() => {
      this.running = this.look().then(() => this.lookLater());
    }, LOOK_MS);
    this.timer.unref();
  }

  private async noteOpenings(): Promise<void> {
    const { upTo, openings } = await this.deadlines.openings();
    const found: PlanDeadline[] = [];
    for (const opening of openings) {
      const deadline = await this.deadlineOf(opening);
      if (deadline !== null) found.push(deadline);
    }
    await this.deadlines.note(this.holder, upTo, found);
  }

  private async deadlineOf({ stream, version }: Opening): Promise<PlanDeadline | null> {
    const [event] = await this.store.readStream(stream, { fromVersion: version, limit: 1 });
    if (event === undefined) return null;
    const { coordination_id, orders } = event.data as CoordinationApplied['data'] | ExecutionStarted['data'];
    const loaded = orders.length === 0 ? null : await this.executions.load(coordination_id, true);
    return loaded === null
      ? null
      : { coordinationId: coordination_id, expiresAt: new Date(expiresAt(loaded.execution)) };
  }

  /** Whether something expired. */
  private async expire(coordinationId: string): Promise<boolean> {
    const change = { coordinationId, decide: () => ({ events: [], duplicates: [], about: [] }) };
    const before = await this.executions.load(coordinationId, true);
    if (before !== null && isOpen(before)) await this.changes.change(change, internalContext('expiry', this.holder));
    const after = await this.executions.load(coordinationId, true);
    if (after === null || !isOpen(after)) {
      await this.deadlines.settle(coordinationId);
      return before !== null && isOpen(before);
    }
    await this.deadlines.postpone({ coordinationId, expiresAt: new Date(expiresAt(after.execution)) });
    return false;
  }
}

const isOpen = ({ execution }: Parameters<Executions['keep']>[1]): boolean => openOrders(execution).length > 0;
