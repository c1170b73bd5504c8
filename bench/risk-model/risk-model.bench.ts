import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type BarMatrix, buildReportedModel, openPreparer } from '#market-data';
import { type Bench, quantile } from '../bench.js';

const INSTRUMENTS = 500;
const DAYS = 1_251;
const WARM_UP = 3;
const ROUNDS = 9;
const SCRIPT = join('bench', 'peers', 'risk_model.py');

/**
 * A whole risk model of 500 instruments by 1,250 daily returns, from matrices in memory to the model with the hash of its content: preparation,
 * estimate, facts, history; beside numpy and scikit-learn doing the same, on all cores they want. The self-test over the last year,
 * which the peer does not do, is measured apart: its time beside that of the model itself.
 */
export const bench: Bench = {
  name: 'risk-model',
  async run(emit) {
    const bars = madeUpBars();
    const instruments = bars.instruments.map((instrument_id, i) => ({ instrument_id, sector: `sector ${i % 11}` }));
    const { preparer, notice } = await openPreparer();
    if (notice !== null) console.error(notice);
    const source = { bars, instruments };
    const ours = () => timed(() => buildReportedModel(source, preparer, { selfTest: false }));
    for (let round = 0; round < WARM_UP; round += 1) ours();
    const name = `${INSTRUMENTS} instruments, ${DAYS - 1} returns`;
    const peer = await PythonPeer.open(bars);
    const [own, theirs]: [number[], number[]] = [[], []];
    if (peer !== null) {
      requireSameModel(source, preparer, await peer.build());
      for (let round = 0; round < WARM_UP; round += 1) await peer.build();
      for (let round = 0; round < ROUNDS; round += 1) {
        own.push(ours());
        theirs.push((await peer.build()).ms);
      }
      peer.close();
      for (const [metric, q] of [
        ['median', 0.5],
        ['p99', 0.99],
      ] as const) {
        // prettier-ignore
        emit({ case: `${name}, whole build`, metric, unit: 'ms', ours: quantile(own, q), peer: quantile(theirs, q), peer_name: 'numpy-sklearn' });
      }
    }
    const tested = Array.from({ length: 3 }, () => timed(() => buildReportedModel(source, preparer)));
    const plain = Array.from({ length: 3 }, ours);
    // prettier-ignore
    emit({ case: `${name}, with the self-test`, metric: 'median', unit: 'ms', ours: quantile(tested, 0.5), peer: quantile(plain, 0.5), peer_name: 'without-self-test' });
  },
};

interface PeerBuild {
  readonly ms: number;
  readonly eigenvalues: readonly number[];
  readonly intensity: number;
}

/** Both must have come to the same model, or the times say nothing. */
function requireSameModel(
  source: Parameters<typeof buildReportedModel>[0],
  preparer: Parameters<typeof buildReportedModel>[1],
  theirs: PeerBuild,
): void {
  const { estimation } = buildReportedModel(source, preparer, { selfTest: false }).report;
  const differences = [
    estimation.shrinkage / theirs.intensity - 1,
    ...estimation.explained.map((share, f) => (share * INSTRUMENTS) / (theirs.eigenvalues[f] ?? NaN) - 1),
  ];
  if (!differences.every((difference) => Math.abs(difference) < 1e-9)) {
    throw new Error(`the peer came to another model: ${differences.join(', ')}`);
  }
}

/** risk_model.py, with the matrices in its memory. Python is the one that BENCH_PYTHON names, else that of `.venv`, else `python3`. */
class PythonPeer {
  private readonly lines: AsyncIterator<string>;

  private constructor(
    private readonly python: ChildProcessWithoutNullStreams,
    private readonly folder: string,
  ) {
    this.lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
  }

  /** null where this Python lacks a package; standard error says so */
  static async open({ days, instruments, close, volume }: BarMatrix): Promise<PythonPeer | null> {
    const folder = mkdtempSync(join(tmpdir(), 'risk-model-bench-'));
    const file = (name: string) => join(folder, name);
    for (const [name, values] of Object.entries({ close, volume }))
      writeFileSync(file(name), new Uint8Array(values.buffer));
    writeFileSync(
      file('matrices.json'),
      JSON.stringify({ days, instruments, close: file('close'), volume: file('volume') }),
    );
    const own = join('.venv', 'bin', 'python3');
    const path = process.env['BENCH_PYTHON'] ?? (existsSync(own) ? own : 'python3');
    const python = spawn(path, [SCRIPT, 'serve', file('matrices.json')]);
    const problem: string[] = [];
    python.stderr.on('data', (chunk: Buffer) => problem.push(chunk.toString()));
    python.stdin.on('error', () => undefined);
    const peer = new PythonPeer(python, folder);
    const failed = new Promise<Error>((resolve) => python.once('error', resolve));
    const greeting = await Promise.race([peer.next().catch((error: unknown) => error as Error), failed]);
    if (!(greeting instanceof Error)) return peer;
    const reason = problem.join('').trim().split('\n').at(-1) || greeting.message;
    console.error(`numpy-sklearn is skipped: ${path}: ${reason} (BENCH_PYTHON names another Python)`);
    peer.close();
    return null;
  }

  async build(): Promise<PeerBuild> {
    this.python.stdin.write('build\n');
    return (await this.next()) as PeerBuild;
  }

  close(): void {
    this.python.stdin.end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async next(): Promise<unknown> {
    const line = await this.lines.next();
    if (line.done === true) throw new Error('it ended without an answer');
    return JSON.parse(line.value);
  }
}

/** Three common factors and remainders, in whole cents, from a fixed seed. */
function madeUpBars(): BarMatrix {
  let state = 4711;
  const uniform = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 4294967296;
  const normal = (): number => uniform() + uniform() + uniform() + uniform() - 2;
  const loadings = Array.from({ length: INSTRUMENTS }, () => [0.6 + 0.8 * uniform(), normal(), normal()]);
  const close = new Float64Array(DAYS * INSTRUMENTS);
  const volume = new Float64Array(DAYS * INSTRUMENTS);
  for (let i = 0; i < INSTRUMENTS; i++) close[i] = Math.round(100 * (20 + 180 * uniform())) / 100;
  for (let t = 0; t < DAYS; t++) {
    const factors = [0.015 * normal(), 0.006 * normal(), 0.006 * normal()];
    for (let i = 0; i < INSTRUMENTS; i++) {
      const at = t * INSTRUMENTS + i;
      volume[at] = Math.round(1e6 * (0.5 + uniform()));
      if (t === 0) continue;
      const common = factors.reduce((total, factor, f) => total + factor * (loadings[i]?.[f] ?? 0), 0);
      const price = (close[at - INSTRUMENTS] as number) * (1 + common + 0.02 * normal());
      close[at] = Math.max(1, Math.round(100 * price) / 100);
    }
  }
  const first = Date.UTC(2020, 0, 1);
  return {
    days: Array.from({ length: DAYS }, (_, t) => new Date(first + t * 86_400_000).toISOString().slice(0, 10)),
    instruments: Array.from({ length: INSTRUMENTS }, (_, i) => `I${String(i).padStart(3, '0')}`),
    close,
    volume,
  };
}

function timed(run: () => unknown): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}
