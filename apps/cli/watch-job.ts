import { startProgress } from './progress.js';
import type { ServiceClient } from './service-client.js';
import type { Terminal } from './terminal.js';

const POLL_MS = 250;

/** A job that a service works on, as this reads it. */
export interface WatchedJob<Job> {
  readonly label: string;
  /** what is counted */
  readonly unit: string;
  /** where the service shows it */
  readonly path: string;
  readonly progressOf: (job: Job) => { readonly done: number; readonly total: number };
  readonly hasEnded: (job: Job) => boolean;
}

/** Shows how far a job is until it ends, however that is, and gives its last state. */
export async function watchJob<Job>(
  service: ServiceClient,
  started: Job,
  { label, unit, path, progressOf, hasEnded }: WatchedJob<Job>,
  terminal: Terminal,
): Promise<Job> {
  const progress = startProgress(terminal, label, unit);
  try {
    for (let job = started; ; job = await service.get<Job>(path)) {
      const { done, total } = progressOf(job);
      progress.update(done, total);
      if (hasEnded(job)) return job;
      await new Promise((wake) => setTimeout(wake, POLL_MS));
    }
  } finally {
    progress.stop();
  }
}
