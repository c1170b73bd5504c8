import { createServer } from 'node:net';
import { join } from 'node:path';
import type { DynamicModule, Type } from '@nestjs/common';
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
import { InMemoryMessageBus } from '#messaging';
import { closeInOrder, createHttpApp, type HttpSettings, listen, refuseOpenListening, type Stoppable } from '#platform';
import { AdvanceSignal, MemoryReadModelCache, openReadModels, type TimescaleReadModels } from '#read-models';
import { openAudit } from '../command/audit/audit-adapters.js';
import { AuditModule } from '../command/audit/audit.module.js';
import type { AuditSettings } from '../command/audit/audit-settings.js';
import { outcomeAdapters } from '../command/command-adapters.js';
import { CommandModule } from '../command/command.module.js';
import { createThreadLearner } from '../command/learning/learner.js';
import type { EngineSettings } from '../command/command-settings.js';
import type { Engine } from '../command/engine-pool/engine.js';
import { MarketDataModule } from '../command/market-data/market-data.module.js';
import type { MarketDataSettings } from '../command/market-data/market-data-settings.js';
import { openMarketData } from '../command/market-data/open-market-data.js';
import { openEngine } from '../command/open-engine.js';
import { openEventStore } from '../command/open-event-store.js';
import { RelayModule } from '../command/relay/relay.module.js';
import { createThreadBuilder } from '../command/risk-model/risk-model-builder.js';
import { RiskModelModule } from '../command/risk-model/risk-model.module.js';
import type { RiskModelSettings } from '../command/risk-model/risk-model-settings.js';
import { ConsoleModule } from '../console/console.module.js';
import { ProjectorModule } from '../projector/projector.module.js';
import { QueryModule } from '../query/query.module.js';
import { type EmbeddedStores, openEmbeddedStores } from './embedded-stores.js';

export interface StandaloneOptions
  extends HttpSettings, EngineSettings, MarketDataSettings, RiskModelSettings, AuditSettings {
  /** of archived events; default the folder `archive` of the data */
  readonly EVENT_ARCHIVE_DIR?: string;
  readonly PERSONAL_MASTER_KEYS?: readonly Buffer[];
  readonly DATA_DIR: string;
}

export type ExtraModules = (stores: EmbeddedStores) => readonly (Type | DynamicModule)[];

/** The running service. */
export interface Standalone {
  readonly url: string;
  readonly app: NestFastifyApplication;
  readonly stores: EmbeddedStores;
  readonly eventStore: PostgresEventStore;
  /** what a person should know of how it came up: one sentence each */
  readonly notices: readonly string[];
  /** everything below the application, in the order in which it is to be closed after it */
  readonly resources: readonly Stoppable[];
}

/**
 * The three applications in one process, on the embedded databases of a folder, with memory in place of Redis and Pulsar;
 * listening. Everything that was opened is closed again where it does not come up.
 *
 * @param extra further modules of the same HTTP application, on the same databases
 * @throws OperatorError where the port or the folder cannot be had
 */
export async function startStandalone(options: StandaloneOptions, extra: ExtraModules = () => []): Promise<Standalone> {
  refuseOpenListening(options);
  await refuseTakenPort(options.HOST, options.PORT);
  // the engine's workers load on another core while the databases start
  const opening = openEngine(options);
  const resources: Stoppable[] = [{ close: async () => (await opening).close() }];
  try {
    const stores = await openEmbeddedStores(options.DATA_DIR);
    resources.push(stores);
    return await compose(options, extra, { stores, engine: await opening, resources });
  } catch (error) {
    await closeInOrder(resources).catch(() => undefined);
    throw error;
  }
}

interface Opened {
  readonly stores: EmbeddedStores;
  readonly engine: Engine;
  /** in the order in which they are to be closed; what is opened next goes before what it needs */
  readonly resources: Stoppable[];
}

async function compose(
  options: StandaloneOptions,
  extra: ExtraModules,
  { stores, engine, resources }: Opened,
): Promise<Standalone> {
  const archiveFolder = options.EVENT_ARCHIVE_DIR || join(options.DATA_DIR, 'archive');
  const archive = new EventArchive(stores.command, archiveFolder);
  const personalKeys = new PersonalKeys(stores.command, { masterKeys: options.PERSONAL_MASTER_KEYS ?? [] });
  const [eventStore, readModels] = await Promise.all([
    openEventStore(stores.command, stores.commandUrl, { archive, personalKeys }),
    openReadModels(stores.query),
  ]);
  resources.splice(1, 0, { close: () => eventStore.stop() }, archive);
  const marketData = await openMarketData(stores.command, join(options.DATA_DIR, 'market-data'), options);
  const audit = await openAudit(stores.command, eventStore, join(options.DATA_DIR, 'audit'), options, {
    archive,
    personalKeys,
    archiving: { ownerUrl: stores.ownerUrl, folder: archiveFolder },
  });
  const notices = [...noticeOfDamage(stores), ...(await matchReadSide(readModels, eventStore))];
  // as they would go to Pulsar; in one process whoever subscribes is in it too
  const bus = new InMemoryMessageBus();
  resources.unshift(bus);

  const openOutcomes = new OpenOutcomes(stores.command);
  const builder = createThreadBuilder();
  const learner = createThreadLearner();
  resources.unshift(builder, learner);
  const cache = new MemoryReadModelCache();
  const advance = new AdvanceSignal();
  const app = await createHttpApp(
    [
      CommandModule.register({
        eventStore,
        replays: new ReplayStore(stores.command, archive),
        deadlines: new ExecutionDeadlines(stores.command),
        outcomes: outcomeAdapters(openOutcomes, marketData.store, options),
        learning: { outcomes: new OutcomeLog(stores.command), learner, everyHours: options.LEARNING_EVERY_HOURS },
        engine,
        historyFolder: marketData.archive?.folder ?? null,
        tradingCalendar: options.TRADING_CALENDAR,
      }),
      MarketDataModule.register({ ...marketData, onRevised: (from, to) => openOutcomes.reopen(from, to) }),
      AuditModule.register(audit),
      RiskModelModule.register({ marketData, marketDataUrl: stores.commandUrl, builder, settings: options }),
      ProjectorModule.register({ eventStore, readModels, cache, advance, exclusive: true }),
      QueryModule.register({ readModels, cache, advance }),
      ConsoleModule.register(),
      RelayModule.register({ log: eventStore, database: stores.command, bus, name: 'in-memory' }),
      ...extra(stores),
    ],
    {
      settings: options,
      service: 'standalone',
      description: {
        title: 'Coordination engine',
        description: 'Commands and queries of the service in one process.',
        schemas: API_SCHEMAS,
      },
    },
  );
  // from here on the application is what has to be closed first
  resources.unshift(app);
  const url = await listen(app, options.HOST, options.PORT);
  resources.shift();
  return { url, app, stores, eventStore, notices, resources };
}

/** Looked at before the databases start, which takes seconds; whoever takes the port meanwhile is met when listening. */
async function refuseTakenPort(host: string, port: number): Promise<void> {
  if (port === 0) return;
  const server = createServer();
  const probe = {
    listen: () =>
      new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, resolve);
      }),
    getUrl: async () => host,
  };
  await listen(probe, host, port);
  await new Promise((closed) => server.close(closed));
}

function noticeOfDamage({ setAside }: EmbeddedStores): string[] {
  if (setAside === null) return [];
  return [`The read models did not open: their folder is now ${setAside}, and they are rebuilt from the events.`];
}

/** A log that ends before the read models do is another one, such as a restored copy: they are folded anew. */
async function matchReadSide(readModels: TimescaleReadModels, eventStore: PostgresEventStore): Promise<string[]> {
  const [folded, end] = [await readModels.checkpoint(), await eventStore.lastPosition()];
  if (folded <= end) return [];
  await readModels.clear();
  return [`The read models held ${folded} events and the log has ${end}: they are rebuilt from the events.`];
}
