import { createHash, timingSafeEqual } from 'node:crypto';
import type { Setting } from '../config/settings.js';

const SCOPES = ['coordinate', 'read', 'operate', 'audit'] as const;
export type Scope = (typeof SCOPES)[number];

/** A key as configured: only its hash is known here. */
export interface ApiKey {
  readonly name: string;
  /** SHA-256 of the key */
  readonly hash: Buffer;
  readonly scopes: readonly Scope[];
}

/** Who is asking. Without configured keys everybody on this machine is `local`, with every scope. */
export interface Principal {
  readonly name: string;
  readonly scopes: readonly Scope[];
}

export const LOCAL_PRINCIPAL: Principal = { name: 'local', scopes: SCOPES };

/** `NAME:SHA256HEX:scope+scope`, separated by commas. A key's hash is `printf %s KEY | sha256sum`. */
export const apiKeysSetting: Setting<readonly ApiKey[]> = {
  description: 'the API keys that may call this process, stored as hashes',
  accepted: `a comma-separated list of NAME:SHA256:SCOPES, the hash in hex, scopes joined by + out of ${SCOPES.join(', ')}`,
  fallback: '-',
  fallbackText: 'none: nobody is asked for one, on loopback only',
  secret: true,
  parse: (text) => {
    if (text === '-') return [];
    const keys = text.split(',').map((entry) => parseApiKey(entry.trim()));
    return keys.every((key) => key !== undefined) ? keys : undefined;
  },
};

function parseApiKey(entry: string): ApiKey | undefined {
  const match = /^([A-Za-z0-9._-]{1,64}):([0-9a-fA-F]{64}):([a-z+]+)$/.exec(entry);
  const [, name, hex, scopeList] = match ?? [];
  if (name === undefined || hex === undefined || scopeList === undefined) return undefined;
  const names = scopeList.split('+');
  const scopes = SCOPES.filter((scope) => names.includes(scope));
  if (scopes.length !== new Set(names).size) return undefined;
  return { name, hash: Buffer.from(hex, 'hex'), scopes };
}

/** Compares with every key, each in constant time, so that timing tells nothing about which one was near. */
export function findPrincipal(keys: readonly ApiKey[], presented: string): Principal | undefined {
  const hash = createHash('sha256').update(presented).digest();
  let found: Principal | undefined;
  for (const key of keys) if (timingSafeEqual(key.hash, hash)) found = { name: key.name, scopes: key.scopes };
  return found;
}
