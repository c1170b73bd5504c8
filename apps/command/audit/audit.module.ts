import { type DynamicModule, Module } from '@nestjs/common';
import { AUDIT, type AuditAdapters } from './audit-adapters.js';
import { ArchiveController } from './archive.controller.js';
import { AuditController } from './audit.controller.js';
import { PersonalDataController } from './personal-data.controller.js';
import { AuditMetrics, auditMetricProviders } from './audit-metrics.js';
import { AuditUpkeep } from './audit-upkeep.js';

/** Checkpoints of the log, its export, and proofs (docs/adr/0012). */
@Module({})
export class AuditModule {
  static register(adapters: AuditAdapters): DynamicModule {
    return {
      module: AuditModule,
      controllers: [AuditController, ArchiveController, PersonalDataController],
      providers: [{ provide: AUDIT, useValue: adapters }, ...auditMetricProviders, AuditMetrics, AuditUpkeep],
    };
  }
}
