import { Inject, Injectable } from '@nestjs/common';
import {
  type CoordinationCompleted,
  coordinationStream,
  evolveExecution,
  type Execution,
  type ExecutionEvent,
  executionStream,
  plannedExecution,
} from '#domain';
import { type CommandStore, EVENT_STORE } from '../command-adapters.js';

/** An execution as of a version of its stream, with the portfolio that its coordination was decided on. */
export interface LoadedExecution {
  readonly portfolioId: string;
  readonly execution: Execution;
}

/** Folded executions that are kept, of up to a third of a megabyte each; the one not asked for longest goes first. */
const KEPT = 200;
/** of a coordination's stream: what was decided */
const COMPLETED_VERSION = 2;

/** Executions folded from their streams. What was folded once is kept, and only what is newer is read. */
@Injectable()
export class Executions {
  private readonly kept = new Map<string, LoadedExecution>();

  constructor(@Inject(EVENT_STORE) private readonly store: CommandStore) {}

  /** As it was when this process last looked: what it has is true, and there may be more. */
  known(coordinationId: string): LoadedExecution | undefined {
    return this.kept.get(coordinationId);
  }

  /** As it is now; null where there is no such coordination. @param once whether it will not be asked for again soon */
  async load(coordinationId: string, once = false): Promise<LoadedExecution | null> {
    const known = this.kept.get(coordinationId) ?? (await this.planned(coordinationId));
    if (known === null) return null;
    const fromVersion = known.execution.version + 1;
    const newer = await this.store.readStream(executionStream(coordinationId), { fromVersion });
    const events = newer.map(({ type, data }) => ({ type, data }) as ExecutionEvent);
    const loaded = { ...known, execution: events.reduce(evolveExecution, known.execution) };
    if (!once) this.keep(coordinationId, loaded);
    return loaded;
  }

  /** Unless another was ahead. */
  keep(coordinationId: string, loaded: LoadedExecution): void {
    const known = this.kept.get(coordinationId);
    this.kept.delete(coordinationId);
    const ahead = known !== undefined && known.execution.version > loaded.execution.version;
    this.kept.set(coordinationId, ahead ? known : loaded);
    const oldest = this.kept.size > KEPT ? this.kept.keys().next().value : undefined;
    if (oldest !== undefined) this.kept.delete(oldest);
  }

  private async planned(coordinationId: string): Promise<LoadedExecution | null> {
    const options = { fromVersion: COMPLETED_VERSION, limit: 1 };
    const [event] = await this.store.readStream(coordinationStream(coordinationId), options);
    if (event === undefined) return null;
    const { portfolio_id, outcome } = event.data as CoordinationCompleted['data'];
    const { as_of, decisions } = outcome;
    const decided_at = event.recordedAt;
    const execution = plannedExecution({ coordination_id: coordinationId, as_of, decisions, decided_at });
    return { portfolioId: portfolio_id, execution };
  }
}
