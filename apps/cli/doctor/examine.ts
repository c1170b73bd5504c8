import { checkEventStore, checkMarketData, checkReadModels } from './check-databases.js';
import { checkNode, checkSettings } from './check-process.js';
import { checkPulsar, checkRedis, checkService } from './check-servers.js';
import type { Environment, Finding } from './finding.js';

/**
 * Looks at everything that the processes need, as they would see it in this environment; changes nothing.
 *
 * @param urls of running processes
 */
export async function examine(environment: Environment, urls: readonly string[]): Promise<readonly Finding[]> {
  const text = (name: string): string => environment[name]?.trim() ?? '';
  const events = text('DATABASE_URL');
  const readModels = text('READ_DATABASE_URL') || events;
  const marketData = text('MARKET_DATA_DATABASE_URL') || events;
  const webSocket = text('PULSAR_WEBSOCKET_URL');
  const checks: Promise<readonly Finding[]>[] = [
    ...(events === '' ? [] : [checkEventStore(events)]),
    ...(marketData === '' ? [] : [checkMarketData(marketData)]),
    ...(readModels === '' ? [] : [checkReadModels(readModels, events)]),
    ...(text('REDIS_URL') === '' ? [] : [checkRedis(text('REDIS_URL'))]),
    ...(webSocket === ''
      ? []
      : [checkPulsar(webSocket, text('PULSAR_NAMESPACE') || 'public/default', text('PULSAR_TOKEN'))]),
    ...urls.map(async (url) => [await checkService(url)]),
  ];
  return [...checkNode(process.version), ...checkSettings(environment), ...(await Promise.all(checks)).flat()];
}
