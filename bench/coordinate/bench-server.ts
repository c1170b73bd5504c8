import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MarketModel } from '#domain';

/** The standalone service in a process of its own, with a market model in use, on a folder that goes with it. */
export class BenchServer {
  private constructor(
    readonly client: Client,
    private readonly agent: Agent,
    private readonly server: ChildProcess,
    private readonly folder: string,
  ) {}

  static async start(model: MarketModel): Promise<BenchServer> {
    const folder = mkdtempSync(join(tmpdir(), 'bench-server-'));
    const modelFile = join(folder, 'model.json');
    writeFileSync(modelFile, JSON.stringify(model));
    const server = fork(fileURLToPath(new URL('./server.js', import.meta.url)), [join(folder, 'data'), modelFile]);
    const agent = new Agent({ keepAlive: true });
    try {
      const url = await new Promise<string>((resolve, reject) => {
        server.once('message', (message) => resolve((message as { url: string }).url));
        server.once('exit', (code) => reject(new Error(`the server ended with code ${String(code)}`)));
      });
      return new BenchServer(new Client(url, agent), agent, server, folder);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.agent.destroy();
    const ended = new Promise((resolve) => this.server.once('exit', resolve));
    if (this.server.connected) {
      this.server.disconnect();
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export class Client {
  constructor(
    private readonly url: string,
    private readonly agent: Agent,
  ) {}

  /** The body of the answer. Rejects for any status but 2xx. */
  send(method: string, path: string, body: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const request = httpRequest(new URL(path, this.url), { method, headers, agent: this.agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const status = response.statusCode ?? 0;
          if (status >= 200 && status < 300) resolve(text);
          else reject(new Error(`${method} ${path} answered ${status}: ${text.slice(0, 300)}`));
        });
        response.on('error', reject);
      });
      request.on('error', reject);
      request.end(body);
    });
  }
}
