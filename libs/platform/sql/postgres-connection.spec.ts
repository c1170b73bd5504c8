import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

import { createPostgresDatabase } from './postgres-database.js';

/** A message of the wire protocol: its letter, its length, its body. */
function message(letter: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(letter), length, body]);
}

describe('a connection that the server ends in the packet that greets it', () => {
  it('is an error of the caller, and not the end of the process', async () => {
    const greeting = Buffer.concat([
      message('R', Buffer.alloc(4)),
      message('Z', Buffer.from('I')),
      message('E', Buffer.from('SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0')),
    ]);
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(greeting));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const url = `postgres://user:secret@127.0.0.1:${port}/database`;
    await expect(createPostgresDatabase({ url, poolSize: 1 })).rejects.toThrow(/127\.0\.0\.1/);
    server.close();
  });
});
