import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

export type ServiceName = 'command' | 'projector' | 'query';

/** One of the three as a process of its own, built, on a free port of 127.0.0.1. For tests. */
export class ServiceProcess {
  private out = '';
  private err = '';
  /** the exit code; null where a signal ended it */
  readonly exit: Promise<number | null>;

  private constructor(
    private readonly name: ServiceName,
    private readonly child: ChildProcess,
  ) {
    child.stdout?.on('data', (data: Buffer) => (this.out += data.toString()));
    child.stderr?.on('data', (data: Buffer) => (this.err += data.toString()));
    this.exit = new Promise((resolve) => child.on('close', resolve));
  }

  /** @param environment all it gets, besides PATH: what the tester has set must not leak in */
  static spawn(dist: string, name: ServiceName, environment: Readonly<Record<string, string>>): ServiceProcess {
    const child = spawn(process.execPath, [join(dist, 'apps', name, 'main.js')], {
      env: { PATH: process.env['PATH'], PORT: '0', ENGINE_THREADS: '1', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new ServiceProcess(name, child);
  }

  get errorOutput(): string {
    return this.err;
  }

  /** everything it has said so far */
  get output(): string {
    return `${this.out}${this.err}`;
  }

  /** the newest lines of its log, for a message on what went wrong */
  get lastLines(): string {
    return this.output.split('\n').slice(-15).join('\n');
  }

  get url(): string {
    const found = /listening on (http:[^"\s]+)/.exec(this.out);
    if (found === null) throw new Error(`the ${this.name} process does not listen:\n${this.out}${this.err}`);
    return found[1] as string;
  }

  /** Resolves when it takes requests; rejects when it ends before that. */
  async listens(): Promise<this> {
    let over = false;
    void this.exit.then(() => (over = true));
    while (!over && !/listening on http:/.test(this.out)) await new Promise((wake) => setTimeout(wake, 20));
    if (over) throw new Error(`the ${this.name} process ended:\n${this.out}${this.err}`);
    return this;
  }

  signal(name: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    this.child.kill(name);
    return this.exit;
  }
}
