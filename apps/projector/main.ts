import { Logger } from '@nestjs/common';
import { EventArchive } from '#audit';
import { MessageBusServer } from '#messaging';
import {
  createHttpApp,
  createPostgresDatabase,
  listen,
  readSettings,
  runProcess,
  startTracing,
  stopOnSignals,
} from '#platform';
import { AdvanceSignal } from '#read-models';
import { openEventStore } from '../command/open-event-store.js';
import { openMessageBus, processName } from '../command/relay/pulsar-settings.js';
import { openReadSide, withReadDatabase } from '../query/open-read-side.js';
import { BrokerDoorbell, BrokerDoorbellModule } from './broker-doorbell.js';
import { ProjectorModule } from './projector.module.js';
import { projectorSettings } from './projector-settings.js';

/** The projector process: follows the log into the read models and their cache; serves its health and metrics. */
await runProcess(async () => {
  const settings = readSettings(projectorSettings, withReadDatabase(process.env));
  const tracing = await startTracing('projector', settings);
  const events = await createPostgresDatabase({
    url: settings.DATABASE_URL,
    poolSize: 4,
    applicationName: 'coordination projector, events',
  });
  const archive = new EventArchive(events, settings.EVENT_ARCHIVE_DIR || null);
  const eventStore = await openEventStore(events, settings.DATABASE_URL, { archive, personalKeys: null });
  const { readModels, cache, resources } = await openReadSide(settings, 'coordination projector');
  const bus = await openMessageBus(settings, `projector ${processName()}`);
  const doorbell = new BrokerDoorbell();
  const adapters = { eventStore: doorbell.on(eventStore), readModels, cache, advance: new AdvanceSignal() };
  const app = await createHttpApp([ProjectorModule.register(adapters), BrokerDoorbellModule.register(doorbell)], {
    settings,
    service: 'projector',
    description: {
      title: 'Coordination engine: projector',
      description: 'Folds the log into the read models; shows, rebuilds and takes back the projections.',
      schemas: {},
    },
  });
  if (bus !== null) {
    app.connectMicroservice({ strategy: new MessageBusServer({ bus, subscription: 'projector', durable: false }) });
    await app.startAllMicroservices();
  }
  const closers = [
    ...(bus === null ? [] : [bus]),
    { close: () => eventStore.stop() },
    archive,
    ...resources,
    events,
    ...(tracing === null ? [] : [tracing]),
  ];
  stopOnSignals(app, closers, settings.SHUTDOWN_TIMEOUT_MS);
  const url = await listen(app, settings.HOST, settings.PORT);
  new Logger('Projector').log(`listening on ${url}`);
});
