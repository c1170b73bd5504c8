import type { AdvanceSignal } from '#read-models';

interface GateOptions {
  readonly checkpoint: () => Promise<bigint>;
  readonly advance?: AdvanceSignal | undefined;
  readonly timeoutMs: number;
  /** how often to look where nobody rings */
  readonly pollMs: number;
}

/** Lets a reader wait until the read models hold a position. Any number of waiting readers share one look at a time. */
export class PositionGate {
  private looking: Promise<bigint> | null = null;

  constructor(private readonly options: GateOptions) {}

  /** Resolves to whether they held it within the time. Rejects where the database does not answer. */
  async reached(position: bigint): Promise<boolean> {
    const deadline = performance.now() + this.options.timeoutMs;
    for (;;) {
      // before looking, so that an advance during the look is not missed
      const { moved, forget } = this.nextMove();
      try {
        if ((await this.look()) >= position) return true;
        const left = deadline - performance.now();
        if (left <= 0) return false;
        await moved(Math.min(left, this.options.pollMs));
      } finally {
        forget();
      }
    }
  }

  private look(): Promise<bigint> {
    this.looking ??= this.options.checkpoint().finally(() => (this.looking = null));
    return this.looking;
  }

  private nextMove(): { moved: (timeoutMs: number) => Promise<void>; forget: () => void } {
    let rung = false;
    let wake = (): void => void (rung = true);
    const forget = this.options.advance?.onAdvanced(() => wake()) ?? (() => undefined);
    const moved = (timeoutMs: number): Promise<void> =>
      new Promise((resolve) => {
        if (rung) return resolve();
        const timer = setTimeout(resolve, timeoutMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    return { moved, forget };
  }
}
