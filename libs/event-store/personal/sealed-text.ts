import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** A key of 32 bytes, and the name that what it seals carries. */
export interface SealingKey {
  readonly id: string;
  readonly bytes: Buffer;
}

/** A sealed text, taken apart. */
export interface SealedText {
  readonly keyId: string;
  /** nonce (12 bytes), ciphertext, tag (16 bytes) */
  readonly bytes: Buffer;
}

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FORM = /^sealed:1:([0-9a-f-]{36}):([A-Za-z0-9_-]{38,})$/;

/**
 * AES-256-GCM under a nonce of its own: `sealed:1:KEY_ID:` and in base64url the nonce, the ciphertext and the tag.
 *
 * @param place where the text belongs: sealed for one place, it opens at no other
 */
export const sealText = (key: SealingKey, place: string, text: string): string =>
  `sealed:1:${key.id}:${sealBytes(key.bytes, place, Buffer.from(text)).toString('base64url')}`;

/** null for a text that is not sealed */
export function parseSealedText(text: string): SealedText | null {
  const [, keyId, base64] = FORM.exec(text) ?? [];
  return keyId === undefined || base64 === undefined ? null : { keyId, bytes: Buffer.from(base64, 'base64url') };
}

/** null where the key or the place is another one, or the bytes were changed */
export const openText = (key: Buffer, place: string, sealed: SealedText): string | null =>
  openBytes(key, place, sealed.bytes)?.toString() ?? null;

export function sealBytes(key: Buffer, place: string, bytes: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(place));
  return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

export function openBytes(key: Buffer, place: string, sealed: Buffer): Buffer | null {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return null;
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(place))
    .setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    return null;
  }
}
