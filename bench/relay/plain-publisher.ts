import { WebSocket } from 'ws';

const IN_FLIGHT_MAX = 100;

/** The least that publishing over the broker's WebSocket API takes: no name, no numbers, nothing remembered. */
export class PlainPublisher {
  private readonly waiting: (() => void)[] = [];

  private constructor(private readonly socket: WebSocket) {
    // answers come in the order of the messages
    socket.on('message', () => this.waiting.shift()?.());
  }

  static async open(webSocketUrl: string, topic: string): Promise<PlainPublisher> {
    const url = new URL(`/ws/v2/producer/persistent/public/default/${topic}?compressionType=ZSTD`, webSocketUrl);
    const socket = new WebSocket(url, { perMessageDeflate: false });
    await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
    return new PlainPublisher(socket);
  }

  publish(key: string, payload: string): Promise<void> {
    const answered = new Promise<void>((resolve) => this.waiting.push(resolve));
    this.socket.send(JSON.stringify({ key, payload: Buffer.from(payload, 'utf8').toString('base64') }));
    return answered;
  }

  async publishAll(messages: readonly { readonly key: string; readonly payload: string }[]): Promise<void> {
    for (let from = 0; from < messages.length; from += IN_FLIGHT_MAX) {
      const together = messages.slice(from, from + IN_FLIGHT_MAX);
      await Promise.all(together.map(({ key, payload }) => this.publish(key, payload)));
    }
  }

  close(): void {
    this.socket.close();
  }
}
