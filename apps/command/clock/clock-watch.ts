import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type Provider,
} from '@nestjs/common';
import { InjectMetric, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import { Gauge } from 'prom-client';
import type { SqlExecutor } from '#platform';

const SKEW = 'clock_skew_seconds';

export const clockMetricProviders: readonly Provider[] = [
  makeGaugeProvider({
    name: SKEW,
    help: "Seconds that this machine's clock is ahead of that of the event store's server; negative where it is behind",
  }),
];

/** Whose clock ours is compared with. */
export const CLOCK_REFERENCE = Symbol('CLOCK_REFERENCE');

const INTERVAL_MS = 30_000;
/** within which a signal may be ahead of the decision */
const HARM_SECONDS = 5;

/**
 * Compares the clock of this machine with the event store's. Leases and the log's times are by the store's clock and need no
 * agreement; a decision without `as_of` is made as of this machine's time, and a fast source's signals are refused by it.
 */
@Injectable()
export class ClockWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Clock');
  private timer: NodeJS.Timeout | undefined;
  private warned = false;

  constructor(
    @Inject(CLOCK_REFERENCE) private readonly database: SqlExecutor,
    @InjectMetric(SKEW) private readonly skew: Gauge,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.look();
    this.timer = setInterval(() => void this.look(), INTERVAL_MS);
    this.timer.unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** A store that does not answer leaves what is known: readiness tells of it. */
  private async look(): Promise<void> {
    try {
      const before = Date.now();
      const [row] = await this.database.query<{ ms: number }>(
        'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS ms',
      );
      if (row !== undefined) this.take(((before + Date.now()) / 2 - row.ms) / 1000);
    } catch {
      return;
    }
  }

  private take(ahead: number): void {
    this.skew.set(ahead);
    const harmful = Math.abs(ahead) > HARM_SECONDS;
    if (harmful && !this.warned) {
      this.logger.error(
        `This machine's clock is ${Math.abs(ahead).toFixed(1)} s ${ahead > 0 ? 'ahead of' : 'behind'} that of the event store: synchronise both with NTP. Decisions without as_of are made as of the wrong time, and signals may be refused as from the future or expired.`,
      );
    }
    this.warned = harmful;
  }
}
