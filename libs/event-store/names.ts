/** Streams whose tenant nobody names. */
export const DEFAULT_TENANT = 'default';

/** A Postgres index entry holds at most a third of a page; the longest name this service makes is far below it. */
const NAME_BYTES_MAX = 500;

/**
 * Names of tenants and streams, and keys: what an index holds and a person reads in a log line.
 * @throws TypeError that says which name, and what would be accepted
 */
export function checkName(what: string, name: string): void {
  const accepted = `it must have 1 to ${NAME_BYTES_MAX} bytes in UTF-8 and no control characters`;
  const bytes = Buffer.byteLength(name);
  if (bytes === 0) throw new TypeError(`The ${what} is empty: ${accepted}.`);
  if (bytes > NAME_BYTES_MAX) {
    throw new TypeError(`The ${what} ${shown(name)} has ${bytes} bytes: ${accepted}.`);
  }
  // lone surrogates too, which are not UTF-8
  if (/[\p{Cc}\p{Cs}]/u.test(name)) throw new TypeError(`The ${what} ${shown(name)} is not accepted: ${accepted}.`);
}

const shown = (name: string): string => JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}…` : name);
