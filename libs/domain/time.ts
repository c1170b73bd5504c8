/** RFC 3339 text to epoch milliseconds; digits below the millisecond are kept as a fraction. */
export function parseTime(text: string): number {
  const milliseconds = Date.parse(text);
  const fraction = /\.(\d{3})(\d+)/.exec(text);
  if (fraction === null) return milliseconds;
  const digits = (fraction[2] ?? '').slice(0, 6);
  return milliseconds + Number(`0.${digits}`);
}

/** Epoch milliseconds to RFC 3339 in UTC, to the millisecond. */
export function formatTime(milliseconds: number): string {
  return new Date(Math.floor(milliseconds)).toISOString();
}
