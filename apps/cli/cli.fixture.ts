import { runCli } from './cli.js';

/** Runs a command line as a pipe would see it. */
export async function cli(...args: string[]): Promise<{ code: number; out: string; notes: string }> {
  const out: string[] = [];
  const notes: string[] = [];
  const terminal = {
    out: (text: string) => void out.push(text),
    note: (text: string) => void notes.push(text),
    width: 120,
    interactive: false,
  };
  const code = await runCli(args, terminal);
  return { code, out: out.join(''), notes: notes.join('\n') };
}
