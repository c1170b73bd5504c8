import type { SqlExecutor } from '#platform';

/** Of all that may publish the log, the one that does. */
export interface RelayLease {
  /**
   * Takes the lease where it is free, and then keeps it until it is released or cannot be renewed in time. Resolves to its
   * token, which is higher than that of any former holder; null where another one holds it.
   */
  acquire(): Promise<bigint | null>;
  /** whether it is certainly held now: judged early, by this machine's clock and never by the time of day */
  readonly held: boolean;
  /** The next may take it at once. */
  release(): Promise<void>;
}

export interface SqlRelayLeaseOptions {
  /** what is to be done by one: the name of the relay */
  readonly name: string;
  /** for those who look at the table */
  readonly holder: string;
  /** how long after its holder's last word another one may take it; default 3,000 */
  readonly leaseMs?: number;
}

const LEASE_MS = 3_000;

/** A row of relay_leases, renewed three times in its time. The database's clock says when it ends. */
export class SqlRelayLease implements RelayLease {
  private token: bigint | null = null;
  private heldUntilMs = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly db: SqlExecutor,
    private readonly options: SqlRelayLeaseOptions,
  ) {}

  async acquire(): Promise<bigint | null> {
    if (this.held) return this.token;
    clearInterval(this.timer);
    const askedAtMs = performance.now();
    const [row] = await this.db.query<{ token: string }>(
      `INSERT INTO relay_leases AS l (name, holder, token, ends_at)
       VALUES ($1, $2, 1, clock_timestamp() + $3 * interval '1 ms')
       ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, token = l.token + 1, ends_at = excluded.ends_at
         WHERE l.ends_at <= clock_timestamp()
       RETURNING token::text AS token`,
      [this.options.name, this.options.holder, this.leaseMs],
    );
    this.token = row === undefined ? null : BigInt(row.token);
    if (this.token !== null) this.keep(askedAtMs);
    return this.token;
  }

  get held(): boolean {
    return this.token !== null && performance.now() < this.heldUntilMs;
  }

  async release(): Promise<void> {
    clearInterval(this.timer);
    const token = this.token;
    this.token = null;
    if (token === null) return;
    await this.db.query('UPDATE relay_leases SET ends_at = clock_timestamp() WHERE name = $1 AND token = $2', [
      this.options.name,
      String(token),
    ]);
  }

  private get leaseMs(): number {
    return this.options.leaseMs ?? LEASE_MS;
  }

  private keep(askedAtMs: number): void {
    // before the database lets it go, which began to count after we asked
    this.heldUntilMs = askedAtMs + this.leaseMs;
    this.timer = setInterval(() => void this.renew().catch(() => undefined), this.leaseMs / 3);
    this.timer.unref();
  }

  /** One that cannot be renewed runs out: `held` tells. */
  private async renew(): Promise<void> {
    const askedAtMs = performance.now();
    const token = this.token;
    const rows = await this.db.query(
      `UPDATE relay_leases SET ends_at = clock_timestamp() + $3 * interval '1 ms'
       WHERE name = $1 AND token = $2 RETURNING 1 AS held`,
      [this.options.name, String(token), this.leaseMs],
    );
    if (token !== this.token) return;
    if (rows.length > 0) this.heldUntilMs = askedAtMs + this.leaseMs;
    else {
      this.token = null;
      clearInterval(this.timer);
    }
  }
}
