import { hostname } from 'node:os';
import { Logger } from '@nestjs/common';
import type { MessageBus } from '#messaging';
import { openPulsar } from '#messaging';
import { optionalUrlSetting, type SettingsOf, textSetting } from '#platform';

/** Where Pulsar is; nowhere by default, and then nothing is published. */
export const pulsarSettings = {
  PULSAR_URL: optionalUrlSetting(
    "Pulsar's address for its official client, which is used where it loads",
    ['pulsar:', 'pulsar+ssl:'],
    'pulsar://host:6650',
  ),
  PULSAR_WEBSOCKET_URL: optionalUrlSetting(
    "Pulsar's WebSocket API, used where the official client is not",
    ['ws:', 'wss:'],
    'ws://host:8080',
  ),
  PULSAR_NAMESPACE: {
    ...textSetting('tenant and namespace of the topics', 'TENANT/NAMESPACE', 'public/default'),
    parse: (text: string) => (/^[\w.=:-]+\/[\w.=:-]+$/.test(text) ? text : undefined),
  },
  PULSAR_TOKEN: { ...textSetting('a token, where Pulsar asks for one', 'a JSON web token', ''), secret: true },
} as const;

export type PulsarSettings = SettingsOf<typeof pulsarSettings>;

/**
 * The bus of the settings, or null where they have none. Close it after whatever uses it.
 *
 * @param producerName under which messages are numbered: one name, one order of messages
 */
export async function openMessageBus(settings: PulsarSettings, producerName: string): Promise<MessageBus | null> {
  const { PULSAR_URL: clientUrl, PULSAR_WEBSOCKET_URL: webSocketUrl } = settings;
  if (clientUrl === '' && webSocketUrl === '') return null;
  const logger = new Logger('Pulsar');
  const { bus, fallback } = await openPulsar({
    clientUrl,
    webSocketUrl,
    namespace: settings.PULSAR_NAMESPACE,
    ...(settings.PULSAR_TOKEN === '' ? {} : { token: settings.PULSAR_TOKEN }),
    producerName,
    onTrouble: (sentence) => logger.warn(sentence),
  });
  if (fallback !== null) logger.warn(fallback);
  logger.log(`messages go by ${bus.transport}`);
  return bus;
}

/** Who this is, for people who look at leases and connections. */
export const processName = (): string => `${hostname()}/${process.pid}`;
