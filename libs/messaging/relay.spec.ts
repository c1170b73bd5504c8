import type { RecordedEvent } from '#domain';
import { UnknownEventError } from '#event-store';
import { coordinationCompleted, recorded } from '#testing';

import { completedCoordinations } from './completed-coordinations.js';
import { InMemoryMessageBus } from './in-memory-message-bus.js';
import type { MessageBus, ReceivedMessage } from './message-bus.js';
import { Relay, type RelayOptions, type RelayReport } from './relay.js';
import type { RelayCheckpoint, RelayProgress } from './relay-checkpoint.js';
import { LeaseLostError } from './relay-checkpoint.js';
import type { RelayLease } from './relay-lease.js';

/** A log that grows by hand. */
class FakeLog {
  readonly events: RecordedEvent[] = [];
  private readonly listeners = new Set<() => void>();

  async readLog(after: bigint, limit: number): Promise<readonly RecordedEvent[]> {
    const events = this.events.filter((event) => event.position > after).slice(0, limit);
    const newer = events.find((event) => event.schemaVersion === 99);
    if (newer !== undefined) throw new UnknownEventError(newer, 1);
    return events;
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
  progress: RelayProgress = { position: 0n, sequenceId: 0n };
  lastToken = 0n;
  async load(): Promise<RelayProgress> {
    return this.progress;
  }
  async save(progress: RelayProgress, token: bigint): Promise<void> {
    if (token < this.lastToken) throw new LeaseLostError('fake');
    [this.progress, this.lastToken] = [progress, token];
  }
  get position(): bigint {
    return this.progress.position;
  }
}

/** One lease that several relays want. */
class FakeLeases {
  private holder: object | null = null;
  private token = 0n;

  of(): RelayLease & { expire(): void } {
    const me = {};
    const isMine = (): boolean => this.holder === me;
    const expire = (): void => {
      if (isMine()) this.holder = null;
    };
    return {
      acquire: async () => {
        if (this.holder === null) this.token += 1n;
        this.holder ??= me;
        return isMine() ? this.token : null;
      },
      get held() {
        return isMine();
      },
      release: async () => expire(),
      expire,
    };
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
  let reports: RelayReport[];
  let leases: FakeLeases;
  let relay: Relay | undefined;

  async function start(options: Partial<RelayOptions> = {}): Promise<Relay> {
    relay = new Relay({
      log,
      bus,
      topic: 't',
      checkpoint,
      lease: leases.of(),
      toMessage: completedCoordinations((event) => ({ event_id: event.id })),
      retryMs: 1,
      leaveMs: 1,
      pollMs: 60_000,
      report: (report) => reports.push(report),
      ...options,
    });
    relay.start();
    return relay;
  }

  beforeEach(async () => {
    [log, checkpoint, received, reports, leases] = [new FakeLog(), new FakeCheckpoint(), [], [], new FakeLeases()];
    bus = new InMemoryMessageBus();
    await bus.subscribe('t', 's', async (message) => void received.push(message));
  });

  afterEach(async () => {
    await relay?.stop();
    await bus.close();
  });

  it('leaves the lease to another program where the log has an event that it does not know', async () => {
    const event = completed(2n);
    log.add(completed(1n), event);
    const old = Object.assign(Object.create(log) as FakeLog, {
      readLog: async () => {
        throw new UnknownEventError({ ...event, schemaVersion: 99 }, 3);
      },
    });
    await start({ log: old, leaveMs: 60_000 });
    while (!reports.some(({ kind }) => kind === 'STANDING_BY')) await new Promise((wake) => setTimeout(wake, 5));
    expect(reports.map(({ kind }) => kind)).toEqual(['LEADING', 'FAILED', 'STANDING_BY']);
    const outdated = relay;
    expect(outdated?.leading).toBe(false);
    const newer = await start();
    while (newer.position < 2n) await new Promise((wake) => setTimeout(wake, 5));
    expect(received.map(({ properties }) => properties['position'])).toEqual(['1', '2']);
    await outdated?.stop();
  });

  it('gives the trace of the request to whoever consumes', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const event = completed(1n);
    log.add({ ...event, metadata: { ...event.metadata, traceparent } });
    await start();
    await until(() => received.length === 1);
    expect(received[0]?.properties['traceparent']).toBe(traceparent);
  });

  it('publishes what was there and what comes, keyed by portfolio, numbered from 1', async () => {
    log.add(completed(1n), disabled(2n), completed(3n));
    await start();
    await until(() => received.length === 2);
    log.add(completed(4n));
    await until(() => received.length === 3);
    expect(received.map(({ key, sequenceId, properties }) => [key, sequenceId, properties['position']])).toEqual([
      ['main', 1n, '1'],
      ['main', 2n, '3'],
      ['main', 3n, '4'],
    ]);
    expect(received[0]?.properties).toEqual({
      event_type: 'coordination_completed',
      event_id: log.events[0]?.id,
      position: '1',
      tenant: 'default',
    });
    expect(JSON.parse(received[0]?.payload ?? '')).toEqual({ event_id: log.events[0]?.id });
    await until(() => checkpoint.position === 4n);
    expect(checkpoint.progress).toEqual({ position: 4n, sequenceId: 3n });
    expect(reports[0]).toEqual({
      kind: 'LEADING',
      progress: { position: 0n, sequenceId: 0n },
      deduplicating: true,
    });
  });

  it('moves its checkpoint past what is not published, and rings for it', async () => {
    const rings: bigint[] = [];
    log.add(disabled(1n), disabled(2n));
    await start({ onAdvanced: (position) => rings.push(position) });
    await until(() => checkpoint.position === 2n);
    expect([received, rings]).toEqual([[], [2n]]);
  });

  it('publishes what is before an event of a newer program, says which it is, and skips nothing', async () => {
    log.add(completed(1n), completed(2n), { ...completed(3n), schemaVersion: 99 }, completed(4n));
    await start();
    const failures = () => reports.flatMap((report) => (report.kind === 'FAILED' ? [report] : []));
    await until(() => failures().length > 1 && checkpoint.position === 2n);
    expect(received.map(({ sequenceId }) => sequenceId)).toEqual([1n, 2n]);
    expect(failures()[0]?.progress.position).toBe(2n);
    expect(String(failures()[0]?.error)).toContain('Position 3 ');
    // the newer program takes over
    log.events[2] = completed(3n);
    await until(() => received.length === 4);
    expect(received.map(({ properties }) => properties['position'])).toEqual(['1', '2', '3', '4']);
  });

  it('goes on from its checkpoint', async () => {
    log.add(completed(1n), completed(2n), completed(3n));
    checkpoint.progress = { position: 2n, sequenceId: 2n };
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
    expect(reports.at(-1)).toEqual({
      kind: 'PUBLISHED',
      progress: { position: 3n, sequenceId: 3n },
      outcomes: ['DUPLICATE', 'DUPLICATE', 'STORED'],
    });
  });

  it('keeps the order over failures of the bus, and skips nothing', async () => {
    let attempts = 0;
    let failed = false;
    const flaky: MessageBus = Object.create(bus) as MessageBus;
    // as a broker's connection fails: what was called after the one that failed, and before that was known, fails too
    flaky.publish = async (message) => {
      if (message.topic === 't' && attempts++ % 3 === 1) {
        failed = true;
        setTimeout(() => (failed = false), 0);
      }
      if (failed) throw new Error('the broker is away');
      return bus.publish(message);
    };
    log.add(...Array.from({ length: 6 }, (_, i) => completed(BigInt(i + 1))));
    await start({ bus: flaky });
    await until(() => received.length === 6);
    expect(received.map((message) => message.sequenceId)).toEqual([1n, 2n, 3n, 4n, 5n, 6n]);
    expect(reports.filter(({ kind }) => kind === 'FAILED').length).toBeGreaterThan(1);
  });

  it('polls where nobody rings', async () => {
    await start({ pollMs: 5 });
    log.events.push(completed(1n));
    await until(() => received.length === 1);
    await until(() => relay?.position === 1n);
  });

  it('works off more than a batch without waiting to be rung', async () => {
    log.add(...Array.from({ length: 25 }, (_, i) => completed(BigInt(i + 1))));
    await start({ batchSize: 10 });
    await until(() => received.length === 25);
  });

  it('has a long message in flight alone', async () => {
    let inFlight = 0;
    const together: number[] = [];
    const slow: MessageBus = Object.create(bus) as MessageBus;
    slow.publish = async (message) => {
      together.push(++inFlight);
      await new Promise((resolve) => setTimeout(resolve, 2));
      inFlight--;
      return bus.publish(message);
    };
    log.add(...Array.from({ length: 5 }, (_, i) => completed(BigInt(i + 1))));
    await start({
      bus: slow,
      toMessage: (event) => ({ key: 'k', payload: { text: event.position === 3n ? 'x'.repeat(600_000) : '' } }),
    });
    await until(() => received.length === 5);
    // two of the check whether repeats are dropped, then 1 and 2, then 3, then 4 and 5
    expect(together).toEqual([1, 1, 1, 2, 1, 1, 2]);
  });

  it('lets one of several publish, and another one when that is gone', async () => {
    log.add(completed(1n));
    const mine = leases.of();
    const first = await start({ lease: mine, pollMs: 2 });
    await until(() => received.length === 1);
    const second = await start({ pollMs: 2 });
    await until(() => reports.some(({ kind }) => kind === 'STANDING_BY'));
    expect([first.leading, second.leading]).toEqual([true, false]);

    await first.stop();
    log.add(completed(2n));
    await until(() => received.length === 2);
    expect([first.leading, second.leading]).toEqual([false, true]);
    expect(received.map(({ sequenceId }) => sequenceId)).toEqual([1n, 2n]);
  });

  it('doubles nothing where one that lost its lease did not notice, and steps down when it does', async () => {
    const mine = leases.of();
    let sleep: Promise<void> = Promise.resolve();
    let release = (): void => undefined;
    const slowSave: RelayCheckpoint = {
      load: () => checkpoint.load(),
      async save(progress, token) {
        await sleep;
        await checkpoint.save(progress, token);
      },
    };
    const first = await start({ lease: mine, checkpoint: slowSave, pollMs: 2 });
    await until(() => first.leading);
    sleep = new Promise((resolve) => (release = resolve));
    log.add(completed(1n), completed(2n));
    await until(() => received.length === 2);
    // its lease runs out while it saves; another one publishes the same again, and more
    mine.expire();
    const second = await start({ pollMs: 2 });
    await until(() => second.position === 2n);
    log.add(completed(3n));
    await until(() => second.position === 3n);
    release();
    await until(() => !first.leading);
    log.add(completed(4n));
    await until(() => second.position === 4n);
    await until(() => reports.some(({ kind }) => kind === 'FAILED'));
    await first.stop();
    expect(received.map(({ sequenceId }) => sequenceId)).toEqual([1n, 2n, 3n, 4n]);
    expect(reports).toContainEqual(
      expect.objectContaining({ kind: 'FAILED', error: expect.any(LeaseLostError) as unknown }),
    );
  });

  it('says so when the bus knows more than this log', async () => {
    log.add(...Array.from({ length: 30 }, (_, i) => completed(BigInt(i + 1))));
    const other = await start({ checkpoint: new FakeCheckpoint() });
    await until(() => received.length === 30);
    await other.stop();
    await start({ batchSize: 5 });
    await until(() => checkpoint.position === 30n);
    expect(
      reports
        .filter(({ kind }) => kind === 'ALREADY_PUBLISHED')
        .map((each) => 'progress' in each && each.progress.position),
    ).toEqual([20n, 25n, 30n]);
  });
});

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 2) {
    if (waited > 3_000) throw new Error('It did not happen within 3 s.');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
