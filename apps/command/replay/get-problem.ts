import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { canonicalJson, type CoordinationProblem, isRejection } from '#domain';
import { ENGINE_VERSION } from '#engine';
import { ProblemException } from '#platform';
import { ENGINE } from '../command-adapters.js';
import type { Engine } from '../engine-pool/engine.js';
import { refuseWhenBusy } from '../engine-pool/refuse-when-busy.js';
import { RecallCoordination } from './recall-coordination.js';

/** The optimisation problem behind a coordination and its answer; null where there is no such coordination. */
export class GetProblem extends Query<CoordinationProblem | null> {
  constructor(readonly coordinationId: string) {
    super();
  }
}

/**
 * Decides again on the recorded inputs. The problem is shown only where that gives the recorded bytes: then it is the one
 * that was solved.
 */
@QueryHandler(GetProblem)
export class GetProblemHandler implements IQueryHandler<GetProblem> {
  constructor(
    private readonly coordinations: RecallCoordination,
    @Inject(ENGINE) private readonly engine: Engine,
  ) {}

  async execute({ coordinationId }: GetProblem): Promise<CoordinationProblem | null> {
    const recalled = await this.coordinations.recall(coordinationId);
    if (recalled === null) return null;
    const again = await refuseWhenBusy(this.engine.decideWithProblem(recalled.command));
    if (!isRejection(again) && canonicalJson(again.completed) === canonicalJson(recalled.completed)) {
      return again.problem;
    }
    const { engineVersion } = recalled.command;
    throw new ProblemException('not-reproducible', {
      detail: `${coordinationId} was decided by engine version ${engineVersion}; version ${ENGINE_VERSION}, which runs here, decides otherwise, so its problem cannot be shown.`,
      extensions: { recorded_engine_version: engineVersion, engine_version: ENGINE_VERSION },
    });
  }
}
