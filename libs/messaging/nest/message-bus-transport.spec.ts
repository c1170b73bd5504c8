import { InMemoryMessageBus } from '../in-memory-message-bus.js';
import { describeTransport } from './message-bus-transport.contract.js';

describeTransport('the bus in memory', async () => new InMemoryMessageBus());
