import { withPulsar } from '#testing';
import { describeMessageBus } from '../message-bus.contract.js';
import { describeTransport } from '../nest/message-bus-transport.contract.js';
import { WebSocketMessageBus } from './web-socket-message-bus.js';

const pulsar = withPulsar();

pulsar.describe('on a broker', () => {
  const open = async () => new WebSocketMessageBus({ url: pulsar.webSocketUrl, producerName: 'contract' });
  describeMessageBus('Pulsar over WebSocket', open);
  describeTransport('Pulsar over WebSocket', open);
});
