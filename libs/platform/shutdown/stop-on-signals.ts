import { Logger } from '@nestjs/common';

export interface Stoppable {
  close(): Promise<void>;
}

/**
 * On SIGINT or SIGTERM: stop taking requests, let those in flight finish (`app.close()` waits for them), then release what
 * they used, in the given order, and end the process with 0. After `timeoutMs`, or on a second signal, it ends at once with 1.
 */
export function stopOnSignals(app: Stoppable, resources: readonly Stoppable[], timeoutMs: number): void {
  const logger = new Logger('Shutdown');
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.log(`${signal}: finishing the requests in flight`);
    let closing: Stoppable = app;
    setTimeout(() => {
      const what = closing === app ? 'requests were still in flight' : `${closing.constructor.name} was still closing`;
      logger.error(`${what} after ${timeoutMs} ms`);
      process.exit(1);
    }, timeoutMs).unref();
    void closeInOrder([app, ...resources], (resource) => (closing = resource)).then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

/** Closes each in turn, a failing one included, and rejects with the first failure. @param onNext before each */
export async function closeInOrder(
  resources: readonly Stoppable[],
  onNext: (resource: Stoppable) => void = () => undefined,
): Promise<void> {
  const failures: unknown[] = [];
  for (const resource of resources) {
    onNext(resource);
    await resource.close().catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}
