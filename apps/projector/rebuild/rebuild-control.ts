import { ProblemException } from '#platform';
import type { RebuildJob, SwitchPolicy, TimescaleReadModels } from '#read-models';

export interface RebuildRequest {
  readonly switch: SwitchPolicy;
  /** goes on with what an earlier job built, instead of from position 0 */
  readonly resume: boolean;
}

/** Asks for rebuilds and for going back. The jobs are in the database: any projector process works on them. */
export class RebuildControl {
  constructor(private readonly readModels: TimescaleReadModels) {}

  async rebuild(request: RebuildRequest): Promise<RebuildJob> {
    const { versions, rebuilds } = this.readModels;
    await this.refuseWhileRunning();
    if (!request.resume) await versions.dropBuilding();
    const job = await rebuilds.request('REBUILD', await versions.beginBuilding(), request.switch);
    return job ?? refuse(await rebuilds.latest());
  }

  async rollBack(): Promise<RebuildJob> {
    const { versions, rebuilds } = this.readModels;
    await this.refuseWhileRunning();
    const former = (await versions.list()).filter(({ state }) => state === 'FORMER').at(-1);
    if (former === undefined) {
      const detail = 'There is no former version of the read models to go back to: none was ever switched.';
      throw new ProblemException('conflict', { detail });
    }
    const job = await rebuilds.request('ROLLBACK', former.version, 'always');
    return job ?? refuse(await rebuilds.latest());
  }

  async cancel(id: string): Promise<RebuildJob> {
    const job = await this.readModels.rebuilds.requestCancel(id);
    if (job !== null) return job;
    const ended = await this.find(id);
    throw new ProblemException('conflict', { detail: `Job ${id} is not running: it is ${ended.state}.` });
  }

  async find(id: string): Promise<RebuildJob> {
    const job = await this.readModels.rebuilds.find(id);
    if (job === null) throw new ProblemException('not-found', { detail: `There is no job ${id}.` });
    return job;
  }

  private async refuseWhileRunning(): Promise<void> {
    const latest = await this.readModels.rebuilds.latest();
    if (latest !== null && latest.finishedAt === null) refuse(latest);
  }
}

function refuse(job: RebuildJob | null): never {
  const named = job === null ? 'Another job' : `Job ${job.id} (${job.kind.toLowerCase()}, ${job.state})`;
  throw new ProblemException('conflict', { detail: `${named} is running: wait for it, or cancel it.` });
}
