import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';

export interface SocketEvents {
  readonly onMessage: (message: unknown) => void;
  /** once, however it ended */
  readonly onEnd: (reason: string) => void;
}

/** An open connection to Pulsar's WebSocket API, which speaks JSON. */
export interface Socket {
  send(message: object): void;
  /** Politely; resolves when it is closed. */
  close(): Promise<void>;
  /** At once. */
  terminate(reason: string): void;
}

/** The broker understood and said no. */
export class BrokerRefusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = 'BrokerRefusal';
  }
}

const HANDSHAKE_MS = 10_000;
/** a third of what our brokers allow a connection to be silent */
const HEARTBEAT_MS = 10_000;
const CLOSE_MS = 2_000;

/** @throws BrokerRefusal, or the error of the network */
export function openSocket(url: URL, token: string | undefined, events: SocketEvents): Promise<Socket> {
  const socket = new WebSocket(url, {
    handshakeTimeout: HANDSHAKE_MS,
    perMessageDeflate: false,
    ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
  });
  return new Promise((resolve, reject) => {
    socket.on('unexpected-response', (_request, response) => {
      void refusalOf(response).then((refusal) => {
        reject(refusal);
        socket.terminate();
      });
    });
    socket.on('error', reject);
    socket.on('open', () => resolve(live(socket, events)));
  });
}

function live(socket: WebSocket, events: SocketEvents): Socket {
  let why = '';
  const closed = new Promise<void>((resolve) => {
    socket.on('close', (code, reason) => {
      clearInterval(heartbeat);
      resolve();
      events.onEnd(why || `the broker closed the connection (${[code, reason.toString()].join(' ').trim()})`);
    });
  });
  const terminate = (reason: string): void => {
    why ||= reason;
    socket.terminate();
  };
  let answered = true;
  const heartbeat = setInterval(() => {
    if (!answered) return terminate('the broker does not answer');
    answered = false;
    socket.ping();
  }, HEARTBEAT_MS);
  socket.on('pong', () => (answered = true));
  socket.on('error', (error) => (why ||= error.message));
  socket.on('message', (data) => {
    answered = true;
    events.onMessage(JSON.parse((data as Buffer).toString('utf8')));
  });
  return {
    send: (message) => socket.send(JSON.stringify(message)),
    close: async () => {
      why ||= 'closed';
      socket.close();
      const timer = setTimeout(() => socket.terminate(), CLOSE_MS);
      await closed.finally(() => clearTimeout(timer));
    },
    terminate,
  };
}

/** Its page says it in HTML, with the broker's own sentence within. */
async function refusalOf(response: IncomingMessage): Promise<BrokerRefusal> {
  let page = '';
  for await (const chunk of response) page += String(chunk);
  const sentence = /errorMsg(?:&quot;|"):(?:&quot;|")(.*?)(?:&quot;|")[,}]/.exec(page)?.[1] ?? response.statusMessage;
  const plain = (sentence ?? '').replaceAll('&apos;', "'").replace(/^[\w.]+\$/, '');
  return new BrokerRefusal(response.statusCode ?? 0, plain || `HTTP status ${response.statusCode}`);
}
