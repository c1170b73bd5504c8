import type { EventStore } from '#event-store';
import { coordinationCompleted, recorded, withPulsar } from '#testing';
import { completedCoordinations } from '../completed-coordinations.js';
import type { ReceivedMessage } from '../message-bus.js';
import { Relay, type RelayReport } from '../relay.js';
import type { RelayCheckpoint, RelayProgress } from '../relay-checkpoint.js';
import { WebSocketMessageBus } from './web-socket-message-bus.js';

const pulsar = withPulsar();

/** Every third event is one that is not published. */
const events = Array.from({ length: 300 }, (_, i) => {
  const position = BigInt(i + 1);
  return i % 3 === 2
    ? recorded('configuration_disabled', { config_name: 'a', version: 1 }, { position })
    : coordinationCompleted({ position });
});
const published = events.filter(({ type }) => type === 'coordination_completed').map(({ position }) => position);

const log: Pick<EventStore, 'readLog' | 'onSequenced'> = {
  readLog: async (after, limit) => events.slice(Number(after), Number(after) + limit),
  onSequenced: () => () => undefined,
};

/** A checkpoint that remembers nothing, as after a crash before the first save. */
const forgetful: RelayCheckpoint = {
  load: async () => ({ position: 0n, sequenceId: 0n }),
  save: async () => undefined,
};

/** Held by everybody who asks: the worst that a lease can do. */
const brokenLease = {
  acquire: async () => 1n,
  held: true,
  release: async () => undefined,
};

pulsar.describe('the relay on a broker', () => {
  let topic: string;
  let topics = 0;
  const buses: WebSocketMessageBus[] = [];
  const relays: Relay[] = [];
  const reports: RelayReport[] = [];

  const openBus = (producerName = topic): WebSocketMessageBus => {
    const bus = new WebSocketMessageBus({ url: pulsar.webSocketUrl, producerName });
    buses.push(bus);
    return bus;
  };
  const start = (bus: WebSocketMessageBus, checkpoint: RelayCheckpoint = forgetful): Relay => {
    const relay = new Relay({
      log,
      bus,
      topic,
      checkpoint,
      lease: brokenLease,
      toMessage: completedCoordinations((event) => ({ event_id: event.id })),
      batchSize: 20,
      retryMs: 5,
      report: (report) => reports.push(report),
    });
    relay.start();
    relays.push(relay);
    return relay;
  };
  const listen = async (): Promise<ReceivedMessage[]> => {
    const received: ReceivedMessage[] = [];
    await openBus().subscribe(topic, 'outside', async (message) => void received.push(message));
    return received;
  };
  const positions = (received: readonly ReceivedMessage[]) =>
    received.map(({ properties }) => BigInt(properties['position'] ?? 0));
  const outcomes = () => reports.flatMap((report) => (report.kind === 'PUBLISHED' ? report.outcomes : []));

  beforeEach(() => {
    topic = `relay-${process.pid}-${Date.now()}-${topics++}`;
    reports.length = 0;
  });
  afterEach(async () => {
    for (const relay of relays.splice(0)) await relay.stop();
    for (const bus of buses.splice(0)) await bus.close();
  });

  it('publishes the coordinations of the log, in its order', async () => {
    const received = await listen();
    const relay = start(openBus());
    await until(() => relay.position === 300n && received.length === published.length);
    expect(positions(received)).toEqual(published);
    expect(new Set(received.map(({ key }) => key))).toEqual(new Set(['main']));
    expect(reports[0]).toMatchObject({ kind: 'LEADING', deduplicating: true });
    expect(outcomes().filter((outcome) => outcome === 'DUPLICATE')).toEqual([]);
  });

  it('doubles nothing when it begins again from the start, and when it crashed in between', async () => {
    const received = await listen();
    const saved: RelayProgress[] = [];
    const first = start(openBus(), { ...forgetful, save: async (progress) => void saved.push(progress) });
    await until(() => saved.length > 3);
    await first.stop();
    await buses[1]?.close();
    const second = start(openBus(), { ...forgetful, load: async () => saved[1] ?? { position: 0n, sequenceId: 0n } });
    await until(() => second.position === 300n);
    await second.stop();
    await buses[2]?.close();
    const third = start(openBus());
    await until(() => third.position === 300n);
    await until(() => received.length === published.length);
    expect(positions(received)).toEqual(published);
    expect(outcomes().filter((outcome) => outcome === 'DUPLICATE').length).toBeGreaterThanOrEqual(published.length);
    // which is more than a crash can leave: somebody should look
    expect(reports.some(({ kind }) => kind === 'ALREADY_PUBLISHED')).toBe(true);
  });

  it('lets one write where two believe that they hold the lease; the other one doubles nothing after it', async () => {
    const received = await listen();
    const [first, second] = [start(openBus()), start(openBus())];
    await until(() => first.position === 300n || second.position === 300n);
    const [winner, loser] = first.position === 300n ? [first, second] : [second, first];
    await until(() => reports.some((report) => report.kind === 'FAILED'));
    const refusals = reports.flatMap((report) => (report.kind === 'FAILED' ? [String(report.error)] : []));
    expect(refusals[0]).toMatch(/Producer with name '.*' is already connected to topic/);
    await winner.stop();
    await until(() => loser.position === 300n);
    await until(() => received.length === published.length);
    expect(positions(received)).toEqual(published);
  });

  it('would double where the numbers were not those of the messages', async () => {
    // what is dropped is dropped by its number alone: under another name everything comes twice
    const received = await listen();
    const first = start(openBus());
    await until(() => first.position === 300n);
    await first.stop();
    const other = start(openBus(`${topic}-other`));
    await until(() => other.position === 300n && received.length === 2 * published.length);
    expect(positions(received)).toEqual([...published, ...published]);
  });
});

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 5) {
    if (waited > 20_000) throw new Error('It did not happen within 20 s.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
