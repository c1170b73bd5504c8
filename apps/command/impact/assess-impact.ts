import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { type ImpactAnswer, type ImpactRequest, isRejection } from '#domain';
import { problemOfRejection } from '#platform';
import { ENGINE } from '../command-adapters.js';
import { GatherRequest } from '../coordination/gather-request.js';
import type { Engine } from '../engine-pool/engine.js';
import { refuseWhenBusy } from '../engine-pool/refuse-when-busy.js';
import { FullHistoryScan } from './full-history-scan.js';

export class AssessImpact extends Query<ImpactAnswer> {
  constructor(readonly request: ImpactRequest) {
    super();
  }
}

@QueryHandler(AssessImpact)
export class AssessImpactHandler implements IQueryHandler<AssessImpact> {
  constructor(
    private readonly requests: GatherRequest,
    private readonly fullHistory: FullHistoryScan,
    @Inject(ENGINE) private readonly engine: Engine,
  ) {}

  async execute({ request }: AssessImpact): Promise<ImpactAnswer> {
    const { trades: _trades, reference_weights: _reference, history, ...referred } = request;
    const gathered = await this.requests.gather({ ...referred, signals: [] });
    if (isRejection(gathered)) throw problemOfRejection(gathered);
    const answer = await refuseWhenBusy(this.engine.assess({ ...gathered.command, request }));
    if (isRejection(answer)) throw problemOfRejection(answer);
    return history === 'FULL' ? this.fullHistory.added(answer) : answer;
  }
}
