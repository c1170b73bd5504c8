import { withPulsar } from '#testing';
import { describeMessageBus } from '../message-bus.contract.js';
import { ClientMessageBus } from './client-message-bus.js';
import { loadPulsarClient } from './pulsar-client.js';

/** `pulsar-client` is optional; TEST_PULSAR_CLIENT is the file of one that was built otherwise. */
const client = await loadPulsarClient(() => undefined, process.env['TEST_PULSAR_CLIENT']);
const pulsar = withPulsar();
const describeWhereItLoads = client instanceof Error ? describe.skip : pulsar.describe;

describeWhereItLoads('on a broker', () => {
  describeMessageBus('Pulsar through pulsar-client', async () => {
    if (client instanceof Error) throw client;
    return new ClientMessageBus(client, { url: pulsar.url, producerName: 'contract' });
  });
});
