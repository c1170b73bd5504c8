import { deliver, type Delivery, pause } from '../delivery.js';
import type { Consumer, MessageHandler, ReceivedMessage, SubscribeOptions } from '../message-bus.js';
import { received } from './pulsar-messages.js';
import { openSocket, type Socket } from './web-socket.js';

interface Pushed {
  readonly messageId: string;
  readonly payload: string;
  readonly properties?: Readonly<Record<string, string>>;
  readonly key?: string;
}

export interface WebSocketConsumerOptions {
  readonly url: URL;
  readonly token: string | undefined;
  readonly topic: string;
  readonly handler: MessageHandler;
  readonly subscribe: SubscribeOptions;
  /** Resolves when the message lies with those that failed. */
  readonly bury: (message: Omit<ReceivedMessage, 'delivery'>) => Promise<void>;
  readonly onTrouble: (sentence: string) => void;
}

const RECONNECT_MS = 100;
const RECONNECT_MS_MAX = 5_000;

/** Holds a connection to a subscription, and handles its messages one by one. */
export class WebSocketConsumer implements Consumer {
  private readonly closing = new AbortController();
  private readonly running: Promise<void>;
  private connected: () => void = () => undefined;
  /** resolves at the first connection, or when it is closed before */
  readonly ready: Promise<void>;

  constructor(private readonly options: WebSocketConsumerOptions) {
    this.ready = new Promise((resolve) => (this.connected = resolve));
    this.running = this.run();
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.connected();
    await this.running;
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.closing.signal.aborted) {
      try {
        const reason = await this.listen(() => (failures = 0));
        if (this.closing.signal.aborted) return;
        this.options.onTrouble(`${this.options.topic}: ${reason}; connecting again`);
      } catch (error) {
        // the first of an outage, then once in a while
        if (failures % 20 === 0) {
          this.options.onTrouble(`${this.options.topic}: cannot be listened to yet: ${(error as Error).message}`);
        }
      }
      await pause(Math.min(RECONNECT_MS * 2 ** Math.min(failures++, 10), RECONNECT_MS_MAX), this.closing.signal);
    }
  }

  /** Until the connection ends, and the handler in flight with it; resolves to why. */
  private async listen(onConnected: () => void): Promise<string> {
    const over = new AbortController();
    const queue: Pushed[] = [];
    let reason = '';
    let wake = (): void => undefined;
    const stop = (): void => {
      over.abort();
      wake();
    };
    const socket = await openSocket(this.options.url, this.options.token, {
      onMessage: (message) => {
        queue.push(message as Pushed);
        wake();
      },
      onEnd: (why) => {
        reason = why;
        stop();
      },
    });
    onConnected();
    this.connected();
    this.closing.signal.addEventListener('abort', stop);
    if (this.closing.signal.aborted) stop();
    while (!over.signal.aborted) {
      const next = queue.shift();
      if (next !== undefined) await this.take(next, socket, over.signal);
      else await new Promise<void>((resolve) => (wake = resolve));
    }
    this.closing.signal.removeEventListener('abort', stop);
    // what was not handled comes again, to whoever listens then
    await socket.close();
    return reason;
  }

  private async take(pushed: Pushed, socket: Socket, over: AbortSignal): Promise<void> {
    const { topic, handler, subscribe, bury } = this.options;
    const { messageId, payload, properties = {}, key } = pushed;
    const message = received(topic, key, properties, Buffer.from(payload, 'base64'));
    const delivery: Delivery = await deliver(message, handler, subscribe, over);
    if (delivery === 'INTERRUPTED') return;
    try {
      if (delivery === 'FAILED') await bury(message);
    } catch (error) {
      this.options.onTrouble(`${topic}: a message that failed cannot be put aside: ${(error as Error).message}`);
      socket.send({ type: 'negativeAcknowledge', messageId });
      return;
    }
    socket.send({ messageId });
  }
}
