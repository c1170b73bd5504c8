import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const MAIN = join(process.cwd(), 'dist', 'apps', 'standalone', 'main.js');

/** A standalone service of its own process, as a person starts it, on a free port. For tests. */
export class StandaloneProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly printed: { text: string },
    private readonly ended: Promise<number | null>,
  ) {}

  /** Throws where the project was not built: what is tested is what `npm start` runs. */
  static spawn(
    dataDir: string,
    options: { readonly args?: readonly string[]; readonly port?: number } = {},
  ): StandaloneProcess {
    if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: run "npm run build" first`);
    const { NODE_OPTIONS: _, ...environment } = process.env;
    const child = spawn(process.execPath, [MAIN, ...(options.args ?? [])], {
      env: { ...environment, DATA_DIR: dataDir, PORT: String(options.port ?? 0), HOST: '127.0.0.1', LOG_LEVEL: 'warn' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const printed = { text: '' };
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data: Buffer) => (printed.text += data.toString()));
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    return new StandaloneProcess(child, printed, ended);
  }

  /** everything on standard output and standard error so far */
  get output(): string {
    return this.printed.text;
  }

  get url(): string {
    const found = /^ {2}API +(http:\S+)$/m.exec(this.output);
    if (found === null) throw new Error(`it is not ready:\n${this.output}`);
    return found[1] as string;
  }

  /** Resolves when the output has it; rejects when the process ends before that. */
  async prints(pattern: RegExp): Promise<void> {
    let over = false;
    void this.ended.then(() => (over = true));
    while (!pattern.test(this.output)) {
      if (over) throw new Error(`it ended without printing ${String(pattern)}:\n${this.output}`);
      await new Promise((wake) => setTimeout(wake, 50));
    }
  }

  /** The exit code; null where a signal ended it. */
  exit(): Promise<number | null> {
    return this.ended;
  }

  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<number | null> {
    this.child.kill(name);
    return this.ended;
  }
}
