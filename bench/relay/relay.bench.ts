import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toCoordinationCompletedMessage } from '#contracts';
import { createEventStore, type PostgresEventStore } from '#event-store';
import {
  completedCoordinations,
  createSqlRelayCheckpoint,
  type MessageBus,
  openPulsar,
  Relay,
  SqlRelayLease,
} from '#messaging';
import { createPostgresDatabase, migrate, migrationsFolder, type SqlDatabase, startEmbeddedPostgres } from '#platform';
import { coordinationCompleted, openTestBroker, sampleDecision } from '#testing';
import { type Bench, quantile } from '../bench.js';
import { PlainPublisher } from './plain-publisher.js';

const ROUNDS = 4;
const MESSAGES = 1_000;
const WRITERS = 32;
/** one at a time, this far apart: the way of a message, not the queue */
const PACE_MS = 10;
const PACED = 150;

const event = coordinationCompleted(
  { position: 1n },
  { decisions: Array.from({ length: 5 }, (_, i) => sampleDecision(`TICKER${i}`)) },
);
const payload = JSON.stringify(toCoordinationCompletedMessage(event));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Coordinations of the log published to a Pulsar broker, beside a bare WebSocket that sends the same bytes. */
export const bench: Bench = {
  name: 'relay',
  async run(emit) {
    const broker = await openTestBroker();
    if (broker === null) return console.error('relay is skipped: no broker (deploy/local/pulsar/pulsar.sh fetch)');
    const dir = await mkdtemp(join(tmpdir(), 'bench-relay-'));
    const server = await startEmbeddedPostgres({ dir: join(dir, 'postgres') });
    const db = await createPostgresDatabase({ url: server.url, poolSize: WRITERS });
    const topic = `bench-relay-${Date.now()}`;
    const { bus } = await openPulsar({ clientUrl: '', webSocketUrl: broker.webSocketUrl, producerName: topic });
    const plain = await PlainPublisher.open(broker.webSocketUrl, `${topic}-plain`);
    console.error(`${payload.length} bytes a message, ${bus.transport}`);
    try {
      await migrate(db, migrationsFolder('command'), { lockKey: 1 });
      const store = createEventStore(db);
      await store.start();
      const bench = new RelayBench(store, db, bus, topic);

      const rates: { ours: number[]; peer: number[] } = { ours: [], peer: [] };
      for (let round = 0; round <= ROUNDS; round++) {
        const ours = await bench.relayRate();
        const startedAt = performance.now();
        await plain.publishAll(Array.from({ length: MESSAGES }, () => ({ key: 'main', payload })));
        const peer = (MESSAGES / (performance.now() - startedAt)) * 1_000;
        // the first is to warm up
        if (round > 0) rates.ours.push(ours);
        if (round > 0) rates.peer.push(peer);
      }
      const measured = { case: 'catching up', peer_name: 'ws-plain-publish' };
      emit({
        ...measured,
        metric: 'rate',
        unit: '1/s',
        ours: quantile(rates.ours, 0.5),
        peer: quantile(rates.peer, 0.5),
      });

      const ours = await bench.waysOfAppended();
      const peer = await waysOfPlain(bus, `${topic}-plain`, plain);
      for (const [metric, q] of [
        ['p50', 0.5],
        ['p99', 0.99],
      ] as const) {
        const paced = { case: `acknowledged to consumer, one each ${PACE_MS} ms`, peer_name: 'ws-plain-publish' };
        emit({ ...paced, metric, unit: 'ms', ours: quantile(ours, q), peer: quantile(peer, q) });
      }
      await store.stop();
    } finally {
      plain.close();
      await bus.close();
      await db.close();
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    }
  },
};

class RelayBench {
  private appended = 0;

  constructor(
    private readonly store: PostgresEventStore,
    private readonly db: SqlDatabase,
    private readonly bus: MessageBus,
    private readonly topic: string,
  ) {}

  /** messages a second, from a log that is there to a topic and a checkpoint that have it */
  async relayRate(): Promise<number> {
    const each = MESSAGES / WRITERS;
    await Promise.all(
      Array.from({ length: WRITERS }, async () => {
        for (let n = 0; n < each; n++) await this.append();
      }),
    );
    const from = BigInt(this.appended - Math.ceil(each) * WRITERS);
    const relay = this.relay();
    relay.start();
    // connecting, taking the lease and asking the broker are done once a process
    while (!relay.leading) await pause(1);
    const startedAt = performance.now();
    while (relay.position < BigInt(this.appended)) await pause(1);
    const ms = performance.now() - startedAt;
    await relay.stop();
    return (Number(BigInt(this.appended) - from) / ms) * 1_000;
  }

  /** ms from the answer to an append to the consumer that has its message */
  async waysOfAppended(): Promise<number[]> {
    const acknowledgedAt: number[] = [];
    const receivedAt: number[] = [];
    const consumer = await this.bus.subscribe(this.topic, 'bench', async () => void receivedAt.push(performance.now()));
    const relay = this.relay();
    relay.start();
    while (!relay.leading) await pause(5);
    for (let n = 0; n < PACED; n++) {
      await this.append();
      acknowledgedAt.push(performance.now());
      await pause(PACE_MS);
    }
    while (receivedAt.length < PACED) await pause(5);
    await relay.stop();
    await consumer.close();
    return receivedAt.map((at, i) => at - (acknowledgedAt[i] ?? 0));
  }

  private relay(): Relay {
    return new Relay({
      log: this.store,
      bus: this.bus,
      topic: this.topic,
      checkpoint: createSqlRelayCheckpoint(this.db, 'bench'),
      lease: new SqlRelayLease(this.db, { name: 'bench', holder: 'bench' }),
      toMessage: completedCoordinations(toCoordinationCompletedMessage),
    });
  }

  private async append(): Promise<void> {
    const { type, schemaVersion, data, metadata } = event;
    const stream = `coordination-${this.appended++}`;
    const outcome = await this.store.append({
      streams: [{ stream, expectedVersion: 0, events: [{ type, schemaVersion, data }] }],
      metadata,
    });
    if (outcome.kind !== 'APPENDED') throw new Error(`Not appended: ${outcome.kind}`);
  }
}

/** ms from publishing to the consumer that has it */
async function waysOfPlain(bus: MessageBus, topic: string, plain: PlainPublisher): Promise<number[]> {
  const sentAt: number[] = [];
  const receivedAt: number[] = [];
  const consumer = await bus.subscribe(topic, 'bench', async () => void receivedAt.push(performance.now()));
  for (let n = 0; n < PACED; n++) {
    sentAt.push(performance.now());
    await plain.publish('main', payload);
    await pause(PACE_MS);
  }
  while (receivedAt.length < PACED) await pause(5);
  await consumer.close();
  return receivedAt.map((at, i) => at - (sentAt[i] ?? 0));
}
