import { withPulsar } from '#testing';
import { describeMessageBus } from '../message-bus.contract.js';
import { WebSocketMessageBus } from './web-socket-message-bus.js';

const pulsar = withPulsar();

pulsar.describe('on a broker', () => {
  describeMessageBus(
    'Pulsar over WebSocket',
    async () => new WebSocketMessageBus({ url: pulsar.webSocketUrl, producerName: 'contract' }),
  );
});
