import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { EventArchive } from '#audit';
import { API_SCHEMAS } from '#contracts';
import {
  ExecutionDeadlines,
  OpenOutcomes,
  OutcomeLog,
  PersonalKeys,
  type PostgresEventStore,
  ReplayStore,
} from '#event-store';
import { InMemoryMessageBus, type MessageBus } from '#messaging';
import {
  type ApiKey,
  createHttpApp,
  createPostgresDatabase,
  listen,
  migrate,
  migrationsFolder,
  type SqlDatabase,
} from '#platform';
import { AdvanceSignal, MemoryReadModelCache, openReadModels } from '#read-models';
import { createCertifiedOptimiser } from '#reference-solver';
import { openAudit } from '../../command/audit/audit-adapters.js';
import { AuditModule } from '../../command/audit/audit.module.js';
import { CommandModule } from '../../command/command.module.js';
import { createInlineEngine } from '../../command/engine-pool/inline-engine.js';
import { openEventStore } from '../../command/open-event-store.js';
import { RelayModule } from '../../command/relay/relay.module.js';
import { ProjectorModule } from '../../projector/projector.module.js';
import { inlineLearner } from '../../command/learning/inline-learner.fixture.js';

/** Commands, audit, relay and projections as one application, whose login is the application's and owns nothing. */
export interface AuditedService {
  readonly app: NestFastifyApplication;
  readonly url: string;
  readonly applicationUrl: string;
  readonly store: PostgresEventStore;
  readonly bus: MessageBus;
  readonly cache: MemoryReadModelCache;
  close(): Promise<void>;
}

/** @param dir where checkpoints and their key are kept, in `audit` */
export async function openAuditedService(
  owner: SqlDatabase,
  ownerUrl: string,
  reads: SqlDatabase,
  dir: string,
  apiKeys: readonly ApiKey[] = [],
): Promise<AuditedService> {
  await migrate(owner, migrationsFolder('command'), { lockKey: 1 });
  const role = `spec_${dir
    .replaceAll(/[^a-z0-9]/gi, '')
    .toLowerCase()
    .slice(-20)}_${process.pid}`;
  await owner.query(`CREATE ROLE ${role} LOGIN PASSWORD 'spec' IN ROLE coordination_application`);
  const applicationUrl = Object.assign(new URL(ownerUrl), { username: role, password: 'spec' }).href;
  const database = await createPostgresDatabase({ url: applicationUrl });
  const [archive, personalKeys] = [new EventArchive(database), new PersonalKeys(database)];
  const store = await openEventStore(database, applicationUrl, { archive, personalKeys });
  const settings = { AUDIT_KEY_FILE: '', AUDIT_INTERVAL_SECONDS: 86_400, AUDIT_EVENTS: 1_000_000 };
  const audit = await openAudit(database, store, join(dir, 'audit'), settings, {
    archive,
    personalKeys,
    archiving: { ownerUrl, folder: join(dir, 'archive') },
  });
  const [bus, cache, advance] = [new InMemoryMessageBus(), new MemoryReadModelCache(), new AdvanceSignal()];
  const readModels = await openReadModels(reads);
  const app = await createHttpApp(
    [
      CommandModule.register({
        eventStore: store,
        replays: new ReplayStore(database, archive),
        deadlines: new ExecutionDeadlines(database),
        outcomes: { open: new OpenOutcomes(database), closes: null },
        learning: { outcomes: new OutcomeLog(database), learner: inlineLearner, everyHours: 0 },
        engine: createInlineEngine(await createCertifiedOptimiser()),
      }),
      AuditModule.register(audit),
      RelayModule.register({ log: store, database, bus, name: 'spec' }),
      ProjectorModule.register({ eventStore: store, readModels, cache, advance, exclusive: true, pollIntervalMs: 20 }),
    ],
    {
      settings: { HOST: '127.0.0.1', MAX_BODY_BYTES: 1_000_000, API_KEYS: apiKeys, LOG_LEVEL: 'silent' },
      service: 'command',
      description: { title: 'Audited service', description: 'Under test.', schemas: API_SCHEMAS },
    },
  );
  const url = await listen(app, '127.0.0.1', 0);
  const close = async (): Promise<void> => {
    await app.close();
    await store.stop();
    await archive.close();
    await database.close();
    await owner.query(`DROP ROLE ${role}`);
  };
  return { app, url, applicationUrl, store, bus, cache, close };
}
