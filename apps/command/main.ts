import { Logger } from '@nestjs/common';
import { EventArchive } from '#audit';
import { API_SCHEMAS } from '#contracts';
import { ExecutionDeadlines, OpenOutcomes, OutcomeLog, PersonalKeys, ReplayStore } from '#event-store';
import {
  createHttpApp,
  createPostgresDatabase,
  listen,
  readSettings,
  refuseOpenListening,
  runProcess,
  startTracing,
  stopOnSignals,
} from '#platform';
import { openAudit } from './audit/audit-adapters.js';
import { AuditModule } from './audit/audit.module.js';
import { ClockModule } from './clock/clock.module.js';
import { outcomeAdapters } from './command-adapters.js';
import { CommandModule } from './command.module.js';
import { createThreadLearner } from './learning/learner.js';
import { commandSettings } from './command-settings.js';
import { migrateAsOwner } from './migrate-as-owner.js';
import { MarketDataModule } from './market-data/market-data.module.js';
import { openMarketData } from './market-data/open-market-data.js';
import { openEngine } from './open-engine.js';
import { openEventStore } from './open-event-store.js';
import { openRelay } from './relay/open-relay.js';
import { RelayModule } from './relay/relay.module.js';
import { createThreadBuilder } from './risk-model/risk-model-builder.js';
import { RiskModelModule } from './risk-model/risk-model.module.js';

/** The command process: its own server, its own migrations. */
await runProcess(async () => {
  const settings = readSettings(commandSettings, process.env);
  const tracing = await startTracing('command', settings);
  refuseOpenListening(settings);
  if (settings.MIGRATION_DATABASE_URL !== '') {
    const marketDataToo = settings.MARKET_DATA_DATABASE_URL === '';
    await migrateAsOwner(settings.MIGRATION_DATABASE_URL, marketDataToo ? ['command', 'market-data'] : ['command']);
  }
  const database = await createPostgresDatabase({
    url: settings.DATABASE_URL,
    poolSize: settings.DATABASE_POOL_SIZE,
    applicationName: 'coordination command',
  });
  const archive = new EventArchive(database, settings.EVENT_ARCHIVE_DIR || null);
  const personalKeys = new PersonalKeys(database, { masterKeys: settings.PERSONAL_MASTER_KEYS });
  const eventStore = await openEventStore(database, settings.DATABASE_URL, { archive, personalKeys });
  const engine = await openEngine(settings);
  // bars may have a server of their own, such as a TimescaleDB
  const marketDataUrl = settings.MARKET_DATA_DATABASE_URL;
  const ownDatabase =
    marketDataUrl === ''
      ? null
      : await createPostgresDatabase({ url: marketDataUrl, applicationName: 'coordination market data' });
  const marketData = await openMarketData(ownDatabase ?? database, settings.MARKET_DATA_DIR || null, settings);
  const builder = createThreadBuilder();
  const audit = await openAudit(database, eventStore, settings.AUDIT_DIR || null, settings, {
    archive,
    personalKeys,
    archiving:
      settings.MIGRATION_DATABASE_URL === '' || settings.EVENT_ARCHIVE_DIR === ''
        ? null
        : { ownerUrl: settings.MIGRATION_DATABASE_URL, folder: settings.EVENT_ARCHIVE_DIR },
  });
  const relay = await openRelay(settings, database, eventStore);
  const openOutcomes = new OpenOutcomes(database);
  const learner = createThreadLearner();
  const app = await createHttpApp(
    [
      CommandModule.register({
        eventStore,
        replays: new ReplayStore(database, archive),
        deadlines: new ExecutionDeadlines(database),
        outcomes: outcomeAdapters(openOutcomes, marketData.store, settings),
        learning: { outcomes: new OutcomeLog(database), learner, everyHours: settings.LEARNING_EVERY_HOURS },
        engine,
        historyFolder: marketData.archive?.folder ?? null,
        tradingCalendar: settings.TRADING_CALENDAR,
      }),
      MarketDataModule.register({ ...marketData, onRevised: (from, to) => openOutcomes.reopen(from, to) }),
      AuditModule.register(audit),
      ClockModule.register(database),
      RiskModelModule.register({
        marketData,
        marketDataUrl: marketDataUrl || settings.DATABASE_URL,
        builder,
        settings,
      }),
      ...(relay === null ? [] : [RelayModule.register(relay)]),
    ],
    {
      settings,
      service: 'command',
      description: {
        title: 'Coordination engine: commands',
        description: 'Takes signals, portfolios and configurations; decides and stores.',
        schemas: API_SCHEMAS,
      },
    },
  );
  const resources = [
    ...(relay === null ? [] : [relay.bus]),
    builder,
    learner,
    engine,
    { close: () => eventStore.stop() },
    archive,
    ...(ownDatabase === null ? [] : [ownDatabase]),
    database,
    ...(tracing === null ? [] : [tracing]),
  ];
  stopOnSignals(app, resources, settings.SHUTDOWN_TIMEOUT_MS);
  const url = await listen(app, settings.HOST, settings.PORT);
  new Logger('Command').log(`listening on ${url}`);
});
