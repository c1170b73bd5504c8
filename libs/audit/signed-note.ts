import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';

/** A name and an Ed25519 public key, written NAME+ID+KEY as Go's sumdb and the transparency logs write theirs. */
export interface VerifierKey {
  readonly text: string;
  readonly name: string;
  /** the first 4 bytes of SHA-256(name, newline, algorithm, key), hex */
  readonly id: string;
  readonly key: KeyObject;
}

/** Signs texts so that they can be checked with the key `verifier`. */
export interface NoteSigner {
  readonly verifier: VerifierKey;
  /** @param text ends with a newline, has no empty line at its end */
  sign(text: string): string;
}

/** A text and the signatures under it. */
interface Note {
  readonly text: string;
  readonly signatures: readonly { readonly name: string; readonly id: string; readonly bytes: Buffer }[];
}

const ED25519 = 1;
/** what DER puts before the 32 bytes of a public key, RFC 8410 */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const KEY_NAME = 'coordination-audit';

export class KeyFormatError extends Error {
  override readonly name = 'KeyFormatError';
}

/** A new Ed25519 private key as PEM (PKCS #8). */
export const generateSigningKey = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

/**
 * @param pem private key, PKCS #8
 * @throws KeyFormatError where it is no Ed25519 private key
 */
export function noteSigner(pem: string): NoteSigner {
  const key = privateKey(pem);
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const verifier = verifierOf(KEY_NAME, spki.subarray(SPKI_PREFIX.length));
  return {
    verifier,
    sign: (text) => {
      const bytes = Buffer.concat([Buffer.from(verifier.id, 'hex'), sign(null, Buffer.from(text), key)]);
      return `${text}\n— ${verifier.name} ${bytes.toString('base64')}\n`;
    },
  };
}

function privateKey(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new KeyFormatError('The signing key is not a private key in PEM (PKCS #8).');
  }
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new KeyFormatError(`The signing key is ${key.asymmetricKeyType ?? 'of another kind'}; it must be Ed25519.`);
  }
  return key;
}

/** @throws KeyFormatError where the text is not NAME+ID+KEY with an Ed25519 key whose id it is */
export function parseVerifierKey(text: string): VerifierKey {
  const [, name, id, base64] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text.trim()) ?? [];
  const bytes = Buffer.from(base64 ?? '', 'base64');
  if (name === undefined || bytes.length !== 33 || bytes[0] !== ED25519) {
    throw new KeyFormatError('The public key is not of the form NAME+ID+KEY (Ed25519), as public-key.txt has it.');
  }
  const verifier = verifierOf(name, bytes.subarray(1));
  if (verifier.id !== id) throw new KeyFormatError(`The public key is damaged: its id is ${verifier.id}, not ${id}.`);
  return verifier;
}

function verifierOf(name: string, raw: Uint8Array): VerifierKey {
  const tagged = Buffer.concat([Buffer.of(ED25519), raw]);
  const id = createHash('sha256').update(`${name}\n`).update(tagged).digest('hex').slice(0, 8);
  return {
    text: `${name}+${id}+${tagged.toString('base64')}`,
    name,
    id,
    key: createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' }),
  };
}

/** The text of the note where one of the keys signed it; else why not. */
export function openNote(
  note: string,
  keys: readonly VerifierKey[],
): { readonly text: string; readonly key: VerifierKey } | { readonly refused: 'FORM' | 'FOREIGN_KEY' | 'SIGNATURE' } {
  const parsed = parseNote(note);
  if (parsed === null) return { refused: 'FORM' };
  const known = parsed.signatures.flatMap(({ name, id, bytes }) => {
    const key = keys.find((candidate) => candidate.name === name && candidate.id === id);
    return key === undefined ? [] : [{ key, bytes }];
  });
  if (known.length === 0) return { refused: 'FOREIGN_KEY' };
  const signed = known.find(({ key, bytes }) => verify(null, Buffer.from(parsed.text), key.key, bytes));
  return signed === undefined ? { refused: 'SIGNATURE' } : { text: parsed.text, key: signed.key };
}

function parseNote(note: string): Note | null {
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n')) return null;
  const lines = note.slice(end + 2, -1).split('\n');
  const signatures = lines.map((line) => {
    const [, name, base64] = /^— (\S+) ([A-Za-z0-9+/]+=*)$/.exec(line) ?? [];
    const bytes = Buffer.from(base64 ?? '', 'base64');
    // the last character may have bits that are not read: another one there is another note
    if (name === undefined || bytes.length < 5 || bytes.toString('base64') !== base64) return null;
    return { name, id: bytes.subarray(0, 4).toString('hex'), bytes: bytes.subarray(4) };
  });
  if (signatures.some((signature) => signature === null)) return null;
  return { text: note.slice(0, end + 1), signatures: signatures.flatMap((signature) => signature ?? []) };
}
