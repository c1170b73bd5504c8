import { InMemoryMessageBus } from './in-memory-message-bus.js';
import { describeMessageBus } from './message-bus.contract.js';

describeMessageBus('in memory', async () => new InMemoryMessageBus());

describe('InMemoryMessageBus', () => {
  const message = (sequenceId: bigint) => ({ topic: 't', key: 'k', sequenceId, payload: '{}' });

  it('refuses to publish beyond what a subscription may leave lying, and takes it later', async () => {
    const bus = new InMemoryMessageBus({ backlogMax: 2 });
    const consumer = await bus.subscribe('t', 'idle', async () => undefined);
    await consumer.close();
    await bus.publish(message(1n));
    await bus.publish(message(2n));
    await expect(bus.publish(message(3n))).rejects.toThrow('The subscription idle of t has 2 messages lying.');
    const received: bigint[] = [];
    await bus.subscribe('t', 'idle', async ({ sequenceId }) => void received.push(sequenceId ?? 0n));
    await new Promise((resolve) => setTimeout(resolve, 5));
    await bus.publish(message(3n));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(received).toEqual([1n, 2n, 3n]);
    await bus.close();
  });

  it('keeps a message for the next consumer when it closes between two deliveries', async () => {
    const bus = new InMemoryMessageBus();
    let attempts = 0;
    const failing = await bus.subscribe(
      't',
      's',
      async () => {
        attempts++;
        throw new Error('no');
      },
      { redeliveryMs: 60_000 },
    );
    await bus.publish(message(1n));
    await new Promise((resolve) => setTimeout(resolve, 5));
    await failing.close();
    const deliveries: number[] = [];
    await bus.subscribe('t', 's', async ({ delivery }) => void deliveries.push(delivery));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect([attempts, deliveries]).toEqual([1, [2]]);
    await bus.close();
  });
});
