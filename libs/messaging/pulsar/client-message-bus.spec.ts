import { ClientMessageBus } from './client-message-bus.js';
import type { PulsarClient, PulsarClientModule, PulsarMessage, PulsarProducer } from './pulsar-client.js';

type ProducerConfig = Parameters<PulsarClient['createProducer']>[0];
type Sent = Parameters<PulsarProducer['send']>[0];

/** The package as far as it is used, without a broker: the contract suite runs on the real one where that loads. */
class FakePulsar {
  readonly producers: ProducerConfig[] = [];
  readonly consumers: object[] = [];
  readonly sent: Sent[] = [];
  readonly acknowledged: PulsarMessage[] = [];
  closedProducers = 0;
  /** what the next messages meet */
  readonly answers: (Error | string)[] = [];
  private deliver: (message: PulsarMessage) => void = () => undefined;
  private endConsumer: () => void = () => undefined;
  clientConfig: object = {};

  readonly module = {
    Client: Object.assign(
      // called with `new`: what it returns is the client
      function (config: object): PulsarClient {
        fake.clientConfig = config;
        return fake.client;
      },
      { setLogHandler: () => undefined },
    ) as unknown as PulsarClientModule['Client'],
    AuthenticationToken: class {
      constructor(readonly config: object) {}
    },
    MessageId: { latest: () => ({}) },
  } satisfies PulsarClientModule;

  private readonly client: PulsarClient = {
    createProducer: async (config) => {
      this.producers.push(config);
      return {
        send: async (message) => {
          const answer = this.answers.shift() ?? `(1,${this.sent.length},-1,-1)`;
          if (answer instanceof Error) throw answer;
          this.sent.push(message);
          return answer;
        },
        close: async () => void this.closedProducers++,
      };
    },
    subscribe: async (config) => {
      this.consumers.push(config);
      const queue: PulsarMessage[] = [];
      let wake = (): void => undefined;
      let closed = false;
      this.deliver = (message) => {
        queue.push(message);
        wake();
      };
      this.endConsumer = () => {
        closed = true;
        wake();
      };
      return {
        receive: async () => {
          while (queue.length === 0 && !closed) await new Promise<void>((resolve) => (wake = resolve));
          if (closed) throw new Error('AlreadyClosed');
          return queue.shift() as PulsarMessage;
        },
        acknowledge: async (message) => void this.acknowledged.push(message),
        negativeAcknowledge: () => undefined,
        close: async () => this.endConsumer(),
      };
    },
    createReader: () => Promise.reject(new Error('not here')),
    close: async () => undefined,
  };

  push(payload: string, properties: Record<string, string>): void {
    this.deliver({
      getPartitionKey: () => 'k',
      getProperties: () => properties,
      getData: () => Buffer.from(payload, 'utf8'),
    });
  }
}

let fake: FakePulsar;

describe('ClientMessageBus', () => {
  let bus: ClientMessageBus;
  const message = (sequenceId: bigint) => ({
    topic: 't',
    key: 'k',
    sequenceId,
    payload: '"ä"',
    properties: { a: 'b' },
  });

  beforeEach(() => {
    fake = new FakePulsar();
    bus = new ClientMessageBus(fake.module, { url: 'pulsar://broker:6650', producerName: 'relay', token: 'secret' });
  });
  afterEach(() => bus.close());

  it('publishes as the only one of its name, unbatched, and numbered', async () => {
    expect(await bus.publish(message(7n))).toBe('STORED');
    expect(fake.clientConfig).toMatchObject({
      serviceUrl: 'pulsar://broker:6650',
      authentication: { config: { token: 'secret' } },
    });
    expect(fake.producers).toEqual([
      {
        topic: 'persistent://public/default/t',
        producerName: 'relay',
        accessMode: 'ExclusiveWithFencing',
        sendTimeoutMs: 30_000,
        blockIfQueueFull: true,
        batchingEnabled: false,
        compressionType: 'ZSTD',
      },
    ]);
    expect(fake.sent).toEqual([
      { data: Buffer.from('"ä"', 'utf8'), partitionKey: 'k', properties: { a: 'b', sequence_id: '7' }, sequenceId: 7 },
    ]);
  });

  it('publishes what has no number through a producer without a name', async () => {
    await bus.publish({ topic: 't', key: 'k', payload: '1' });
    expect(fake.producers[0]).not.toHaveProperty('producerName');
    expect(fake.producers[0]).not.toHaveProperty('accessMode');
    expect(fake.sent[0]).not.toHaveProperty('sequenceId');
  });

  it('tells a dropped duplicate by its message id', async () => {
    fake.answers.push('(-1,-1,-1,-1)');
    expect(await bus.publish(message(1n))).toBe('DUPLICATE');
  });

  it('sends nothing after a message that failed until its caller begins again, with a new producer', async () => {
    await bus.publish(message(1n));
    fake.answers.push(new Error('fenced'));
    const outcomes = await Promise.allSettled([2n, 3n, 4n].map((id) => bus.publish(message(id))));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect([fake.sent.map(({ sequenceId }) => sequenceId), fake.closedProducers]).toEqual([[1], 1]);
    expect(await bus.publish(message(2n))).toBe('STORED');
    expect([fake.producers.length, fake.sent.map(({ sequenceId }) => sequenceId)]).toEqual([2, [1, 2]]);
  });

  it('hands on messages with number and properties, and acknowledges what was handled', async () => {
    const received: unknown[] = [];
    await bus.subscribe('t', 's', async (each) => void received.push(each));
    expect(fake.consumers).toEqual([
      {
        topic: 'persistent://public/default/t',
        subscription: 's',
        subscriptionType: 'KeyShared',
        receiverQueueSize: 100,
      },
    ]);
    fake.push('"ä"', { a: 'b', sequence_id: '7' });
    // of somebody else
    fake.push('2', { sequence_id: 'x' });
    while (fake.acknowledged.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(received).toEqual([
      { ...message(7n), delivery: 1 },
      { topic: 't', key: 'k', payload: '2', properties: {}, delivery: 1 },
    ]);
  });

  it('puts aside what fails every time', async () => {
    const failing = async (): Promise<void> => Promise.reject(new Error('no'));
    await bus.subscribe('t', 's', failing, { deliveriesMax: 2, redeliveryMs: 1 });
    fake.push('1', { sequence_id: '3' });
    while (fake.acknowledged.length < 1) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(fake.producers[0]?.topic).toBe('persistent://public/default/t-s-DLQ');
    expect(fake.sent).toEqual([{ data: Buffer.from('1'), partitionKey: 'k', properties: { sequence_id: '3' } }]);
  });
});
