import pg from 'pg';

export interface DoorbellOptions {
  readonly url: string;
  /** of NOTIFY */
  readonly channel: string;
  /** wait before connecting again; default 500 */
  readonly reconnectMs?: number;
  readonly onConnectionLost?: (error: Error) => void;
}

/**
 * Hears NOTIFY on a connection of its own, because a pooled one forgets what it listens to, and connects again when it is
 * lost. It also rings after every (re)connection: what happened meanwhile was not heard.
 */
export class PostgresDoorbell {
  private client: pg.Client | null = null;
  private timer: NodeJS.Timeout | null = null;
  private stopped = true;
  private ring: () => void = () => undefined;

  constructor(private readonly options: DoorbellOptions) {}

  /** Resolves when the first connection listens; rejects where there is none to be had. */
  async start(ring: () => void): Promise<void> {
    this.ring = ring;
    this.stopped = false;
    try {
      await this.listen();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
    const client = this.client;
    this.client = null;
    await client?.end().catch(() => undefined);
  }

  private async listen(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.options.url,
      application_name: `doorbell ${this.options.channel}`,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
    });
    client.on('error', (error: Error) => this.lose(client, error));
    client.on('end', () => this.lose(client, new Error('the connection was closed')));
    client.on('notification', () => this.ring());
    this.client = client;
    await client.connect();
    await client.query(`LISTEN ${client.escapeIdentifier(this.options.channel)}`);
    this.ring();
  }

  private lose(client: pg.Client, error: Error): void {
    if (this.stopped || this.client !== client) return;
    this.client = null;
    this.options.onConnectionLost?.(error);
    void client.end().catch(() => undefined);
    this.connectLater();
  }

  private connectLater(): void {
    this.timer = setTimeout(() => {
      // a failed attempt ends its client, which is heard as a loss like any other
      this.listen().catch((error: Error) => {
        if (this.client !== null) this.lose(this.client, error);
      });
    }, this.options.reconnectMs ?? 500);
    this.timer.unref();
  }
}
