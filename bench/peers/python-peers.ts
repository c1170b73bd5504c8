import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Problem } from '#engine';

/** One solve by a peer: how long it took within Python, and the weights it found. */
export interface PeerAnswer {
  readonly ms: number;
  readonly w: readonly number[];
}

/** What `peers.py` writes first. */
interface Greeting {
  readonly peers: Readonly<Record<string, string>>;
  readonly missing: Readonly<Record<string, string>>;
}

const SCRIPT = join('bench', 'peers', 'peers.py');

/**
 * Solvers in a Python process, one problem at a time: `load` builds and solves it, `again` solves it with the same
 * structure and another alpha. Python is the one that BENCH_PYTHON names, else that of `.venv`, else `python3`.
 */
export class PythonPeers {
  private readonly lines: AsyncIterator<string>;

  private constructor(
    private readonly python: ChildProcessWithoutNullStreams,
    /** versions by name */
    private greeting: Greeting = { peers: {}, missing: {} },
  ) {
    this.lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
  }

  /** The peers that there are; the others are named on standard error. */
  static async open(): Promise<PythonPeers> {
    const own = join('.venv', 'bin', 'python3');
    const path = process.env['BENCH_PYTHON'] ?? (existsSync(own) ? own : 'python3');
    const python = spawn(path, [SCRIPT]);
    python.stderr.pipe(process.stderr);
    python.stdin.on('error', () => undefined);
    const peers = new PythonPeers(python);
    const failed = new Promise<Error>((resolve) => python.once('error', resolve));
    const greeting = await Promise.race([peers.next().catch((error: unknown) => error as Error), failed]);
    if (greeting instanceof Error) {
      console.error(`clarabel-native, cvxpy-clarabel and piqp are skipped: ${path}: ${greeting.message}`);
      return peers;
    }
    peers.greeting = greeting as Greeting;
    for (const [name, reason] of Object.entries(peers.greeting.missing)) {
      console.error(`${name} is skipped: ${reason} (${path}; BENCH_PYTHON names another Python)`);
    }
    return peers;
  }

  get names(): readonly string[] {
    return Object.keys(this.greeting.peers);
  }

  load(peer: string, problem: Problem): Promise<PeerAnswer> {
    return this.ask({ load: peer, problem });
  }

  /** Solves the problem loaded last with another alpha, by the peer's own update of its parameters. */
  again(alpha: readonly number[]): Promise<PeerAnswer> {
    return this.ask({ alpha });
  }

  close(): void {
    this.python.stdin.end();
  }

  private async ask(command: object): Promise<PeerAnswer> {
    this.python.stdin.write(`${JSON.stringify(command)}\n`);
    const answer = (await this.next()) as PeerAnswer | { readonly error: string };
    if ('error' in answer) throw new Error(answer.error);
    return answer;
  }

  private async next(): Promise<unknown> {
    const line = await this.lines.next();
    if (line.done === true) throw new Error('it ended without an answer');
    return JSON.parse(line.value);
  }
}
