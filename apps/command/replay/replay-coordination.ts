import { Inject, Injectable } from '@nestjs/common';
import {
  type CoordinateCommand,
  type CoordinationParameters,
  type CoordinationCompleted,
  type CoordinationOutcome,
  type CoordinationRequested,
  horizonOf,
  isRejection,
  realisedProfit,
  type ReplayFault,
  type ReplayRequest,
  type Verification,
  type WhatIf,
} from '#domain';
import { ENGINE_VERSION } from '#engine';
import type { RecordedCoordination, ReplayConfiguration } from '#event-store';
import { CALENDARS, sessionsOfRequest } from '#market-data';
import { ENGINE } from '../command-adapters.js';
import type { Engine } from '../engine-pool/engine.js';
import { whenFree } from '../engine-pool/when-free.js';
import { OutcomePrices } from '../outcomes/outcome-prices.js';
import { RecallCoordination } from './recall-coordination.js';

export interface OtherParameters {
  /** in place of the one that was used */
  readonly configuration: ReplayConfiguration | null;
  /** over everything else */
  readonly overrides: ReplayRequest['coordination_parameters'];
}

/** Decides one recorded coordination again. Whatever is wrong with it is its result, and the replay goes on. */
@Injectable()
export class ReplayCoordination {
  constructor(
    private readonly coordinations: RecallCoordination,
    @Inject(ENGINE) private readonly engine: Engine,
    private readonly prices: OutcomePrices,
  ) {}

  async verify(recorded: RecordedCoordination): Promise<Verification> {
    const fault = (reason: string, version = 'unknown', differences: ReplayFault['differences'] = []): ReplayFault => ({
      coordination_id: recorded.coordinationId,
      position: recorded.position.toString(),
      recorded_engine_version: version,
      reason,
      differences,
    });
    const command = await this.commandOf(recorded).catch((error: unknown) => String(error));
    if (typeof command === 'string') return { kind: 'FAILED', fault: fault(command) };
    const version = command.engineVersion;
    const replayed = await whenFree(() => this.engine.replay(command, recorded.completed));
    if (!recorded.intact) {
      const reason = 'The recorded events are not the bytes that were hashed when they were appended.';
      return { kind: 'DIFFERENT', fault: fault(reason, version, replayed.same ? [] : replayed.differences) };
    }
    if (replayed.same) return { kind: 'VERIFIED' };
    if (version === ENGINE_VERSION) {
      const reason = 'The same inputs give other bytes than were recorded.';
      return { kind: 'DIFFERENT', fault: fault(reason, version, replayed.differences) };
    }
    const reason = `Decided by engine version ${version}; version ${ENGINE_VERSION}, which runs here, decides otherwise.`;
    return { kind: 'OTHER_ENGINE', fault: fault(reason, version, replayed.differences) };
  }

  async whatIf(recorded: RecordedCoordination, instead: OtherParameters): Promise<WhatIf> {
    const fault = (reason: string): WhatIf => {
      const { coordinationId: coordination_id, position } = recorded;
      const at = { coordination_id, position: position.toString(), recorded_engine_version: ENGINE_VERSION };
      return { kind: 'FAILED', fault: { ...at, reason, differences: [] } };
    };
    const command = await this.commandOf(recorded).catch((error: unknown) => String(error));
    if (typeof command === 'string') return fault(command);
    const decision = await whenFree(() => this.engine.decide(underOther(command, instead)));
    if (isRejection(decision)) return fault(decision.message);
    const outcomes = {
      recorded: (JSON.parse(recorded.completed) as CoordinationCompleted['data']).outcome,
      replayed: decision.events[1].data.outcome,
    };
    const profit = await this.profitOf(command, outcomes);
    return { kind: 'COMPARED', coordination_id: recorded.coordinationId, ...outcomes, profit };
  }

  /** Null where the closes of the horizon are not known, or not yet. */
  private async profitOf(
    command: CoordinateCommand,
    outcomes: Record<'recorded' | 'replayed', CoordinationOutcome>,
  ): Promise<Extract<WhatIf, { kind: 'COMPARED' }>['profit']> {
    const known = await this.prices.from(command.asOf.slice(0, 10));
    if (known === null) return null;
    const horizon = horizonOf(command);
    const recorded = realisedProfit(outcomes.recorded, horizon, known.prices);
    const replayed = realisedProfit(outcomes.replayed, horizon, known.prices);
    return recorded === null || replayed === null ? null : { recorded, replayed };
  }

  private commandOf(recorded: RecordedCoordination): Promise<CoordinateCommand> {
    const read = async () => JSON.parse(recorded.requested) as CoordinationRequested['data'];
    return read().then((inputs) => this.coordinations.commandOf(inputs));
  }
}

function underOther(command: CoordinateCommand, { configuration, overrides }: OtherParameters): CoordinateCommand {
  const { coordination_parameters: recorded } = command.request;
  const request = { ...command.request, coordination_parameters: { ...recorded, ...overrides } };
  const parameters = (configuration ?? command.configuration)?.parameters;
  return {
    ...command,
    ...(configuration === null ? {} : { configuration }),
    ...moreSessions(command, request, parameters),
    request,
  };
}

/** Plans over more days than were recorded may need later sessions of the calendar. */
function moreSessions(
  { tradingSessions: recorded, asOf }: CoordinateCommand,
  request: CoordinateCommand['request'],
  parameters: CoordinationParameters | undefined,
): Pick<CoordinateCommand, 'tradingSessions'> {
  const calendar = CALENDARS.find((name) => name === recorded?.calendar);
  if (recorded === undefined || calendar === undefined) return {};
  const needed = sessionsOfRequest(request, parameters, asOf, calendar);
  return needed !== undefined && needed.sessions.length > recorded.sessions.length ? { tradingSessions: needed } : {};
}
