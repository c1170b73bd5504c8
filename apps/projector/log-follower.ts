import { setTimeout as sleep } from 'node:timers/promises';

export interface FollowerOptions {
  /** how long to trust that nothing rang; default 500 */
  readonly pollIntervalMs?: number;
  /** first wait after a failure; doubled up to the greatest; default 100 and 5,000 */
  readonly failureDelayMs?: number;
  readonly failureDelayMaxMs?: number;
  /** called for each failure in a row: 1, 2, ... */
  readonly onFailure: (error: unknown, inARow: number) => void;
}

/**
 * Repeats a step as long as it says there is more to do, then waits for a ring or the poll interval. A failing step is
 * repeated for ever, later and later: whoever gives up is the step itself.
 */
export class LogFollower {
  private running: Promise<void> | null = null;
  private readonly stopping = new AbortController();
  private rung = false;
  private wake: (() => void) | null = null;
  private inARow = 0;
  private lastFailure: unknown = null;

  /** @param step resolves to whether there may be more to do at once */
  constructor(
    private readonly step: () => Promise<boolean>,
    private readonly options: FollowerOptions,
  ) {}

  start(): void {
    this.running ??= this.run();
  }

  /** There may be something to do: a step begins now, or after the running one. */
  ring(): void {
    this.rung = true;
    this.wake?.();
  }

  /** Resolves when the running step has ended. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake?.();
    await this.running;
  }

  /** failures since the last step that succeeded */
  get failing(): number {
    return this.inARow;
  }

  /** the last of them; null where the last step succeeded */
  get failure(): unknown {
    return this.inARow === 0 ? null : this.lastFailure;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      this.rung = false;
      try {
        const more = await this.step();
        this.inARow = 0;
        if (!more && !this.rung) await this.idle();
      } catch (error) {
        this.inARow += 1;
        this.lastFailure = error;
        this.options.onFailure(error, this.inARow);
        await this.backOff();
      }
    }
  }

  private async idle(): Promise<void> {
    if (this.stopping.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.options.pollIntervalMs ?? 500);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = null;
  }

  /** Rings do not shorten it. */
  private async backOff(): Promise<void> {
    const { failureDelayMs = 100, failureDelayMaxMs = 5_000 } = this.options;
    const delay = Math.min(failureDelayMaxMs, failureDelayMs * 2 ** Math.min(this.inARow - 1, 20));
    await sleep(delay, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}
