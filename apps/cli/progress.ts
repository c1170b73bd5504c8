import cliProgress from 'cli-progress';
import type { Terminal } from './terminal.js';

// the package is CommonJS: Node finds no names in it
const { Format, Presets, SingleBar } = cliProgress;

/** How far a long work is: a bar where somebody watches, a line now and then elsewhere. */
export interface Progress {
  /** @param total 0 where it is not known yet */
  update(done: number, total: number): void;
  /** Leaves the last state on the terminal. */
  stop(): void;
}

/** shares of the whole between two lines */
const LINES = 10;

export function startProgress(terminal: Terminal, label: string, unit: string): Progress {
  return terminal.interactive ? bar(terminal, label, unit) : lines(terminal, label, unit);
}

function bar(terminal: Terminal, label: string, unit: string): Progress {
  const single = new SingleBar(
    {
      format: `${label} {bar} {percentage} % {value}/{total} ${unit}, {eta_formatted} to go`,
      barsize: Math.max(10, Math.min(40, terminal.width - label.length - 50)),
      stream: process.stderr,
      hideCursor: true,
      formatTime: Format.TimeFormat,
    },
    Presets.shades_classic,
  );
  let started = false;
  return {
    update: (done, total) => {
      if (!started) single.start(total, done);
      started = true;
      single.setTotal(total);
      single.update(done);
    },
    stop: () => single.stop(),
  };
}

function lines(terminal: Terminal, label: string, unit: string): Progress {
  let told = -1;
  return {
    update: (done, total) => {
      const step = total === 0 ? 0 : Math.floor((LINES * done) / total);
      if (step === told) return;
      told = step;
      terminal.note(`${label}: ${done} of ${total} ${unit}`);
    },
    stop: () => undefined,
  };
}
