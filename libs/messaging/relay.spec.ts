import type { RecordedEvent } from '#domain';
import { coordinationCompleted, recorded } from '#testing';

import { completedCoordinations } from './completed-coordinations.js';
import { InMemoryMessageBus } from './in-memory-message-bus.js';
import type { MessageBus, ReceivedMessage } from './message-bus.js';
import { Relay, type RelayCheckpoint, type RelayOptions } from './relay.js';

/** A log that grows by hand. */
class FakeLog {
  readonly events: RecordedEvent[] = [];
  private readonly listeners = new Set<() => void>();

  async readLog(after: bigint, limit: number): Promise<readonly RecordedEvent[]> {
    return this.events.filter((event) => event.position > after).slice(0, limit);
  }

  onSequenced(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  add(...events: readonly unknown[]): void {
    this.events.push(...(events as RecordedEvent[]));
    for (const listener of this.listeners) listener();
  }
}

class FakeCheckpoint implements RelayCheckpoint {
  position = 0n;
  async load(): Promise<bigint> {
    return this.position;
  }
  async save(position: bigint): Promise<void> {
    this.position = position;
  }
}

const completed = (position: bigint) => coordinationCompleted({ position });
const disabled = (position: bigint) =>
  recorded('configuration_disabled', { config_name: 'a', version: 1 }, { position });

describe('Relay', () => {
  let log: FakeLog;
  let checkpoint: FakeCheckpoint;
  let bus: MessageBus;
  let received: ReceivedMessage[];
  let relay: Relay | undefined;

  async function start(options: Partial<RelayOptions> = {}): Promise<Relay> {
    relay = new Relay({
      log,
      bus,
      topic: 't',
      checkpoint,
      toMessage: completedCoordinations((event) => ({ event_id: event.id })),
      retryMs: 1,
      ...options,
    });
    await relay.start();
    return relay;
  }

  beforeEach(async () => {
    [log, checkpoint, received] = [new FakeLog(), new FakeCheckpoint(), []];
    bus = new InMemoryMessageBus();
    await bus.subscribe('t', 's', async (message) => void received.push(message));
  });

  afterEach(async () => {
    await relay?.stop();
    await bus.close();
  });

  it('publishes what was there and what comes, keyed by portfolio, with the position as sequence id', async () => {
    log.add(completed(1n), disabled(2n), completed(3n));
    await start({ pollMs: 60_000 });
    await until(() => received.length === 2);
    log.add(completed(4n));
    await until(() => received.length === 3);
    expect(received.map(({ key, sequenceId }) => [key, sequenceId])).toEqual([
      ['main', 1n],
      ['main', 3n],
      ['main', 4n],
    ]);
    expect(JSON.parse(received[0]?.payload ?? '')).toEqual({ event_id: log.events[0]?.id });
    await until(() => checkpoint.position === 4n);
  });

  it('moves its checkpoint past what is not published', async () => {
    log.add(disabled(1n), disabled(2n));
    await start();
    await until(() => checkpoint.position === 2n);
    expect(received).toEqual([]);
  });

  it('goes on from its checkpoint', async () => {
    log.add(completed(1n), completed(2n), completed(3n));
    checkpoint.position = 2n;
    await start();
    await until(() => checkpoint.position === 3n);
    expect(received.map((message) => message.sequenceId)).toEqual([3n]);
  });

  it('publishes again what was published before a crash, which the bus drops', async () => {
    log.add(completed(1n), completed(2n));
    const first = await start({ checkpoint: new FakeCheckpoint() });
    await until(() => received.length === 2);
    await first.stop();
    log.add(completed(3n));
    await start();
    await until(() => checkpoint.position === 3n);
    await until(() => received.length === 3);
    expect(received.map((message) => message.sequenceId)).toEqual([1n, 2n, 3n]);
  });

  it('keeps the order over failures of the bus, and skips nothing', async () => {
    let refusals = 0;
    const flaky: MessageBus = Object.create(bus) as MessageBus;
    flaky.publish = async (message) => {
      if (message.sequenceId % 2n === 0n && refusals++ % 3 < 2) throw new Error('the broker is away');
      await bus.publish(message);
    };
    const failures: bigint[] = [];
    log.add(...Array.from({ length: 6 }, (_, i) => completed(BigInt(i + 1))));
    await start({ bus: flaky, onFailure: (_, position) => failures.push(position) });
    await until(() => received.length === 6);
    expect(received.map((message) => message.sequenceId)).toEqual([1n, 2n, 3n, 4n, 5n, 6n]);
    expect(failures).toEqual([2n, 2n, 4n, 4n, 6n, 6n]);
  });

  it('polls where nobody rings', async () => {
    await start({ pollMs: 5 });
    log.events.push(completed(1n));
    await until(() => received.length === 1);
    expect(relay?.position).toBe(1n);
  });

  it('works off more than a batch without waiting to be rung', async () => {
    log.add(...Array.from({ length: 25 }, (_, i) => completed(BigInt(i + 1))));
    await start({ batchSize: 10, pollMs: 60_000 });
    await until(() => received.length === 25);
  });
});

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 2) {
    if (waited > 3_000) throw new Error('It did not happen within 3 s.');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
