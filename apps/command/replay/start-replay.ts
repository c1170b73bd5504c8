import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { EMPTY_VERIFY_REPORT, EMPTY_WHAT_IF_REPORT, type ReplayRequest } from '#domain';
import type { ReplayConfiguration } from '#event-store';
import { ProblemException } from '#platform';
import { CLOCK, type Clock, type CommandStore, EVENT_STORE, REPLAYS, type Replays } from '../command-adapters.js';
import type { CommandContext } from '../command-context.js';
import { type ReplayJob, toReplayJob } from './replay-job.js';
import { ReplayRunner } from './replay-runner.js';

export class StartReplay extends Command<ReplayJob> {
  constructor(
    readonly request: ReplayRequest,
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** Fixes what the replay goes over, so that what is coordinated meanwhile is not part of it. */
@CommandHandler(StartReplay)
export class StartReplayHandler implements ICommandHandler<StartReplay> {
  constructor(
    @Inject(EVENT_STORE) private readonly store: CommandStore,
    @Inject(REPLAYS) private readonly replays: Replays,
    @Inject(CLOCK) private readonly now: Clock,
    private readonly runner: ReplayRunner,
  ) {}

  async execute({ request, context }: StartReplay): Promise<ReplayJob> {
    const configuration = request.config_name === undefined ? null : await this.configuration(request.config_name);
    const last = await this.store.lastPosition();
    const { from_position, to_position } = request.range ?? {};
    const span = {
      request,
      afterPosition: BigInt(from_position ?? 1) - 1n,
      toPosition: to_position === undefined || BigInt(to_position) > last ? last : BigInt(to_position),
    };
    const total = await this.replays.count(span);
    if (total === 0) throw emptyRange();
    const report = request.mode === 'verify' ? EMPTY_VERIFY_REPORT : EMPTY_WHAT_IF_REPORT;
    const job = await this.replays.create({ ...span, actor: context.actor, configuration, total, report });
    this.runner.wake();
    return toReplayJob(job, this.now().getTime());
  }

  /** As it is now: the whole replay decides under it, whatever is stored under the name meanwhile. */
  private async configuration(name: string): Promise<ReplayConfiguration> {
    const stored = await this.store.findConfiguration(name);
    if (stored !== null) return { name, version: stored.version, parameters: stored.parameters };
    const message = `names no stored configuration: "${name}"`;
    throw new ProblemException('invalid-request', {
      detail: `There is no configuration "${name}".`,
      errors: [{ pointer: '/config_name', message, accepted: 'a stored name, or none' }],
    });
  }
}

function emptyRange(): ProblemException {
  const accepted = 'a range with at least one completed coordination';
  return new ProblemException('invalid-request', {
    detail: 'There is nothing to replay in this range.',
    errors: [{ pointer: '/range', message: 'holds no coordination', accepted }],
  });
}
