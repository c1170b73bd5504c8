/** SQL that writes a time as RFC 3339 in UTC with microseconds: what a cursor needs to find its row again. */
export const exactTime = (column: string): string => `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** The same time as events write it: milliseconds, and microseconds only where there are any. */
export const wireTime = (exact: string): string => exact.replace(/000Z$/, 'Z');
