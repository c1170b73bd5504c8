import { Logger } from '@nestjs/common';
import { API_SCHEMAS } from '#contracts';
import { createHttpApp, listen, readSettings, runProcess, startTracing, stopOnSignals } from '#platform';
import { ConsoleModule } from '../console/console.module.js';
import { openReadSide, withReadDatabase } from './open-read-side.js';
import { QueryModule } from './query.module.js';
import { querySettings } from './query-settings.js';

/** The query process: reads the read models and their cache. */
await runProcess(async () => {
  const settings = readSettings(querySettings, withReadDatabase(process.env));
  const tracing = await startTracing('query', settings);
  const { readModels, cache, resources } = await openReadSide(settings, 'coordination query');
  const app = await createHttpApp(
    [QueryModule.register({ readModels, cache, commandUrl: settings.COMMAND_URL }), ConsoleModule.register()],
    {
      settings,
      service: 'query',
      description: {
        title: 'Coordination engine: queries',
        description: 'Coordinations, decisions, performance and what is current, folded from the events.',
        schemas: API_SCHEMAS,
      },
    },
  );
  stopOnSignals(app, [...resources, ...(tracing === null ? [] : [tracing])], settings.SHUTDOWN_TIMEOUT_MS);
  const url = await listen(app, settings.HOST, settings.PORT);
  new Logger('Query').log(`listening on ${url}`);
});
