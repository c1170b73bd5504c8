import { Logger } from '@nestjs/common';
import { API_SCHEMAS } from '#contracts';
import { ReplayStore } from '#event-store';
import {
  createHttpApp,
  createPostgresDatabase,
  listen,
  readSettings,
  refuseOpenListening,
  runProcess,
  stopOnSignals,
} from '#platform';
import { CommandModule } from './command.module.js';
import { commandSettings } from './command-settings.js';
import { MarketDataModule } from './market-data/market-data.module.js';
import { openMarketData } from './market-data/open-market-data.js';
import { openEngine } from './open-engine.js';
import { openEventStore } from './open-event-store.js';

/** The command process: its own server, its own migrations. */
await runProcess(async () => {
  const settings = readSettings(commandSettings, process.env);
  refuseOpenListening(settings);
  const database = await createPostgresDatabase({
    url: settings.DATABASE_URL,
    poolSize: settings.DATABASE_POOL_SIZE,
    applicationName: 'coordination command',
  });
  const eventStore = await openEventStore(database, settings.DATABASE_URL);
  const engine = await openEngine(settings);
  // bars may have a server of their own, such as a TimescaleDB
  const marketDataUrl = settings.MARKET_DATA_DATABASE_URL;
  const ownDatabase =
    marketDataUrl === ''
      ? null
      : await createPostgresDatabase({ url: marketDataUrl, applicationName: 'coordination market data' });
  const marketData = await openMarketData(ownDatabase ?? database, settings.MARKET_DATA_DIR || null, settings);
  const app = await createHttpApp(
    [
      CommandModule.register({ eventStore, replays: new ReplayStore(database), engine }),
      MarketDataModule.register(marketData),
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
    engine,
    { close: () => eventStore.stop() },
    ...(ownDatabase === null ? [] : [ownDatabase]),
    database,
  ];
  stopOnSignals(app, resources, settings.SHUTDOWN_TIMEOUT_MS);
  const url = await listen(app, settings.HOST, settings.PORT);
  new Logger('Command').log(`listening on ${url}`);
});
