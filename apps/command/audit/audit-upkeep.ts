import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type AuditFault, Checkpointer, type CheckpointReport, type SignedCheckpoint } from '#audit';
import { AUDIT, type AuditAdapters } from './audit-adapters.js';
import { AuditMetrics } from './audit-metrics.js';

const LAG_MS = 1_000;

/** Signs what the log is, now and then and at the end, where there is a folder to keep it in; shows the sequencer's lag. */
@Injectable()
export class AuditUpkeep implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Audit');
  private readonly checkpointer: Checkpointer | null;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(AUDIT) private readonly audit: AuditAdapters,
    private readonly metrics: AuditMetrics,
  ) {
    const { database, folder, settings } = audit;
    this.checkpointer =
      folder &&
      new Checkpointer(database, {
        signer: folder.signer,
        publish: (checkpoint) => folder.publish(checkpoint),
        intervalSeconds: settings.AUDIT_INTERVAL_SECONDS,
        events: settings.AUDIT_EVENTS,
        report: (report) => this.report(report),
      });
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.metrics.lags(this.audit.eventStore.lag), LAG_MS);
    this.timer.unref();
    if (this.checkpointer === null) this.logger.log('AUDIT_DIR is not set: no checkpoints of the log are signed');
    this.checkpointer?.start();
    void this.warnOfRights().catch((error: unknown) => this.logger.warn(`its rights are not known: ${String(error)}`));
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.checkpointer?.stop();
  }

  /** null where nothing is signed, nothing is new, or another process is just signing */
  async signNow(): Promise<SignedCheckpoint | AuditFault | null> {
    return (await this.checkpointer?.sign()) ?? null;
  }

  private async warnOfRights(): Promise<void> {
    const [row] = await this.audit.database.query<{ may: boolean }>(
      `SELECT has_table_privilege('events', 'UPDATE') AS may`,
    );
    if (row?.may !== true) return;
    this.logger.warn(
      'this connection owns the events and could change them: connect as a member of coordination_application (docs/audit.md)',
    );
  }

  private report(report: CheckpointReport): void {
    this.metrics.attempted(report.kind);
    if (report.kind === 'SIGNED') this.metrics.signedTo(report.checkpoint.size);
    if (report.kind === 'REFUSED') {
      const { code, message } = report.fault;
      this.logger.error(`the log is not what it was, and no checkpoint is signed: ${code}: ${message}`);
    }
    if (report.kind === 'FAILED') this.logger.warn(`a checkpoint failed and is tried again: ${String(report.error)}`);
  }
}
