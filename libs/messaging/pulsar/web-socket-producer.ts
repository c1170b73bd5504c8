import { setTimeout } from 'node:timers/promises';
import type { OutgoingMessage, PublishOutcome } from '../message-bus.js';
import { propertiesOf } from './pulsar-messages.js';
import { SEND_TIMEOUT_MS } from './pulsar-options.js';
import { BrokerRefusal, openSocket, type Socket } from './web-socket.js';

/** the other producer of the same name may be our own that closed a moment ago */
const BUSY_MS_MAX = 1_000;

/** Publishes to one topic. Connects when there is something to publish. */
export class WebSocketProducer {
  private tail: Promise<unknown> = Promise.resolve();
  /** how often something failed */
  private failures = 0;
  private session: Session | null = null;
  private closed = false;

  /** @param url of the topic, without a query; @param name for messages with a sequence id */
  constructor(
    private readonly url: URL,
    private readonly name: string | null,
    private readonly token: string | undefined,
  ) {}

  async publish(message: OutgoingMessage): Promise<PublishOutcome> {
    const failuresBefore = this.failures;
    const sending = this.tail.then(() => this.send(message, failuresBefore));
    this.tail = sending.catch(() => undefined);
    return (await sending).outcome;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.tail;
    await this.session?.idle();
    await this.session?.close();
  }

  /** Resolves when it is on its way. */
  private async send(
    message: OutgoingMessage,
    failuresBefore: number,
  ): Promise<{ readonly outcome: Promise<PublishOutcome> }> {
    if (this.closed) throw new Error('The message bus is closed.');
    // what failed must not be overtaken: the topic would drop it when it is published again
    if (this.failures !== failuresBefore) throw new Error('A message before it was not published.');
    try {
      const session = await this.sessionFor(message.sequenceId);
      return { outcome: session.send(message) };
    } catch (error) {
      this.failures++;
      throw error;
    }
  }

  /** The broker numbers the messages of a connection itself, from where it is told to begin: a gap needs a new one. */
  private async sessionFor(sequenceId: bigint | undefined): Promise<Session> {
    const current = this.session;
    const fits = sequenceId === undefined || sequenceId === current?.nextSequenceId;
    if (current !== null && !current.ended && fits) return current;
    await current?.idle();
    await current?.close();
    const url = new URL(this.url);
    url.searchParams.set('sendTimeoutMillis', String(SEND_TIMEOUT_MS));
    url.searchParams.set('compressionType', 'ZSTD');
    if (this.name !== null && sequenceId !== undefined) {
      url.searchParams.set('producerName', this.name);
      url.searchParams.set('initialSequenceId', String(sequenceId - 1n));
    }
    const session = await this.open(url, sequenceId ?? 0n);
    this.session = session;
    return session;
  }

  private async open(url: URL, first: bigint): Promise<Session> {
    for (const deadline = performance.now() + BUSY_MS_MAX; ;) {
      try {
        return await Session.open(url, this.token, first, (session) => {
          this.failures++;
          if (this.session === session) this.session = null;
        });
      } catch (error) {
        const busy = error instanceof BrokerRefusal && error.status === 409;
        if (!busy || performance.now() > deadline) throw error;
        await setTimeout(50);
      }
    }
  }
}

interface Waiting {
  readonly resolve: (outcome: PublishOutcome) => void;
  readonly reject: (error: Error) => void;
}

interface Answer {
  readonly result: string;
  readonly errorMsg?: string;
  readonly messageId?: string;
  readonly context?: string;
}

/** One connection: what is in flight when it ends has failed, whether the broker had it or not. */
class Session {
  private readonly waiting = new Map<string, Waiting>();
  private whenIdle: (() => void)[] = [];
  private socket: Socket | null = null;
  private sent = 0;
  private over = false;

  private constructor(
    public nextSequenceId: bigint,
    private readonly onEnd: (session: Session) => void,
  ) {}

  static async open(
    url: URL,
    token: string | undefined,
    first: bigint,
    onEnd: (session: Session) => void,
  ): Promise<Session> {
    const session = new Session(first, onEnd);
    session.socket = await openSocket(url, token, {
      onMessage: (answer) => session.take(answer as Answer),
      onEnd: (reason) => session.end(reason),
    });
    return session;
  }

  get ended(): boolean {
    return this.over;
  }

  send(message: OutgoingMessage): Promise<PublishOutcome> {
    if (this.over) throw new Error('Not published: the connection was lost.');
    const context = String(this.sent++);
    this.nextSequenceId++;
    this.socket?.send({
      payload: Buffer.from(message.payload, 'utf8').toString('base64'),
      key: message.key,
      properties: propertiesOf(message),
      context,
    });
    return new Promise((resolve, reject) => this.waiting.set(context, { resolve, reject }));
  }

  /** Resolves when nothing is in flight. */
  async idle(): Promise<void> {
    if (this.waiting.size > 0) await new Promise<void>((resolve) => this.whenIdle.push(resolve));
  }

  /** Politely, which is no failure. */
  async close(): Promise<void> {
    if (this.over) return;
    this.over = true;
    await this.socket?.close();
  }

  private take(answer: Answer): void {
    const waiting = this.waiting.get(answer.context ?? '');
    if (answer.result !== 'ok') {
      this.socket?.terminate(answer.errorMsg ?? answer.result);
    } else if (waiting !== undefined) {
      this.waiting.delete(answer.context ?? '');
      waiting.resolve(wasDropped(answer.messageId ?? '') ? 'DUPLICATE' : 'STORED');
    }
    this.wakeIdle();
  }

  private end(reason: string): void {
    // first: whoever is told of a failure may publish again at once
    if (!this.over) this.onEnd(this);
    this.over = true;
    for (const { reject } of this.waiting.values()) reject(new Error(`Not published: ${reason}.`));
    this.waiting.clear();
    this.wakeIdle();
  }

  private wakeIdle(): void {
    if (this.waiting.size > 0) return;
    for (const resolve of this.whenIdle) resolve();
    this.whenIdle = [];
  }
}

/** A message id is a protocol buffer; of a dropped duplicate its first field, the ledger, is -1. */
function wasDropped(messageId: string): boolean {
  return Buffer.from(messageId, 'base64').subarray(0, DROPPED.length).equals(DROPPED);
}

const DROPPED = Buffer.from([0x08, ...Array<number>(9).fill(0xff), 0x01]);
