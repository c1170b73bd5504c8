import { OperatorError } from '#platform';
import type { MessageBus } from '../message-bus.js';
import { ClientMessageBus } from './client-message-bus.js';
import { loadPulsarClient } from './pulsar-client.js';
import type { PulsarOptions } from './pulsar-options.js';
import { WebSocketMessageBus } from './web-socket-message-bus.js';

export interface OpenPulsarOptions extends Omit<PulsarOptions, 'url'> {
  /** `pulsar://host:6650`: the official client is used where it loads; '' for none */
  readonly clientUrl: string;
  /** `ws://host:8080`: the broker's WebSocket API, where the client is not wanted or does not load; '' for none */
  readonly webSocketUrl: string;
  /** of the official client; for tests */
  readonly clientPackage?: string;
}

export interface OpenedPulsar {
  readonly bus: MessageBus;
  /** why it is not what was asked for first; null where it is */
  readonly fallback: string | null;
}

/**
 * A bus to a Pulsar broker, which need not be there yet.
 *
 * @throws OperatorError where only the official client is asked for and it does not load
 */
export async function openPulsar(options: OpenPulsarOptions): Promise<OpenedPulsar> {
  const { clientUrl, webSocketUrl, clientPackage, onTrouble, ...common } = options;
  const shared = { ...common, ...(onTrouble === undefined ? {} : { onTrouble }) };
  if (clientUrl === '') return { bus: new WebSocketMessageBus({ ...shared, url: webSocketUrl }), fallback: null };
  const client = await loadPulsarClient(onTrouble ?? (() => undefined), clientPackage);
  if (!(client instanceof Error)) {
    return { bus: new ClientMessageBus(client, { ...shared, url: clientUrl }), fallback: null };
  }
  const reason = `the package pulsar-client does not load (${client.message.split('\n')[0]})`;
  if (webSocketUrl === '') {
    throw new OperatorError(
      `PULSAR_URL cannot be used: ${reason}. Set PULSAR_WEBSOCKET_URL, such as ws://host:8080, to go without it.`,
    );
  }
  return {
    bus: new WebSocketMessageBus({ ...shared, url: webSocketUrl }),
    fallback: `${reason}: the broker's WebSocket API is used`,
  };
}
