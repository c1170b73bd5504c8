import { type NoteSigner, openNote, type VerifierKey } from './signed-note.js';

/** What a log was at some time: how many events, and the root of their Merkle tree. */
export interface Checkpoint {
  /** which log */
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
  /** RFC 3339, by the clock of who signed */
  readonly time: string;
}

/** A checkpoint and the signed text that it was read from. */
export interface SignedCheckpoint extends Checkpoint {
  readonly note: string;
  readonly key: VerifierKey;
}

/** The lines origin, size, root (base64) of a transparency log's checkpoint, and the time as a line more; signed. */
export function signCheckpoint(signer: NoteSigner, { origin, size, root, time }: Checkpoint): SignedCheckpoint {
  const note = signer.sign(`${origin}\n${size}\n${root.toString('base64')}\ntime ${time}\n`);
  return { origin, size, root, time, note, key: signer.verifier };
}

/** The checkpoint where one of the keys signed it, or a sentence that says why it is not believed. */
export function openCheckpoint(note: string, keys: readonly VerifierKey[]): SignedCheckpoint | { refused: string } {
  const opened = openNote(note, keys);
  if ('refused' in opened) return { refused: REFUSALS[opened.refused] };
  const [origin, size, root, ...more] = opened.text.split('\n');
  const bytes = Buffer.from(root ?? '', 'base64');
  const time = more.find((line) => line.startsWith('time '))?.slice(5);
  if (!origin || !/^(0|[1-9][0-9]{0,15})$/.test(size ?? '') || bytes.length !== 32 || time === undefined) {
    return { refused: REFUSALS.FORM };
  }
  return { origin, size: Number(size), root: bytes, time, note, key: opened.key };
}

const REFUSALS = {
  FORM: 'it is not a signed checkpoint',
  FOREIGN_KEY: 'it is signed by another key than the one given',
  SIGNATURE: 'its signature is not that of its text',
} as const;
