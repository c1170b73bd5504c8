import { readFile } from 'node:fs/promises';
import { CommandFailure, EXIT } from './failure.js';

/** Where a command writes; a test gives its own. */
export interface Terminal {
  /** results */
  out(text: string): void;
  /** progress and notes: never on standard output, which may be piped */
  note(text: string): void;
  /** columns */
  readonly width: number;
  /** whether somebody watches the notes: progress may be drawn, not only told */
  readonly interactive: boolean;
}

export const processTerminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  note: (text) => void process.stderr.write(`${text}\n`),
  width: process.stdout.columns ?? 160,
  interactive: process.stderr.isTTY,
};

/** A whole JSON file, or standard input for `-`. */
export async function readJson(file: string): Promise<unknown> {
  const name = file === '-' ? 'standard input' : file;
  let text: string;
  try {
    text = file === '-' ? await readStandardInput() : await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandFailure(`${name} cannot be read: ${(error as Error).message}`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new CommandFailure(`${name} is not JSON: ${(error as Error).message}`, EXIT.invalid);
  }
}

async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
