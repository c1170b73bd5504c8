/**
 * What an event does to the cache. Each key also knows the position it reflects, so that applying a change again, or
 * after a newer one, alters nothing. Values are written as JSON; every key expires.
 */
export type CacheChange =
  | { readonly kind: 'SET'; readonly key: string; readonly value: object; readonly ttlSeconds: number }
  | { readonly kind: 'DELETE'; readonly key: string; readonly ttlSeconds: number }
  /** puts the items before those of the list, in their order, and keeps the first `limit`; only where the list is there */
  | {
      readonly kind: 'PREPEND';
      readonly key: string;
      readonly items: readonly object[];
      readonly limit: number;
      readonly ttlSeconds: number;
    };
