import { createHash } from 'node:crypto';

import { canonicalJson } from '#domain';

/**
 * The name of a content: sha256 of its canonical JSON (RFC 8785), hex.
 * @throws TypeError where it is not JSON
 */
export const canonicalHash = (content: unknown): string =>
  createHash('sha256').update(canonicalJson(content)).digest('hex');
