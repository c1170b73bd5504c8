/** RFC 3339 text to epoch milliseconds; digits below the millisecond are kept as a fraction. */
export function parseTime(text: string): number {
  const milliseconds = Date.parse(text);
  const fraction = /\.(\d{3})(\d+)/.exec(text);
  if (fraction === null) return milliseconds;
  const digits = (fraction[2] ?? '').slice(0, 6);
  return milliseconds + Number(`0.${digits}`);
}

const FORMATTED_MAX = 4_096;
const formatted = new Map<number, string>();

/** Epoch milliseconds to RFC 3339 in UTC, to the millisecond. The times of a plan repeat: each is formatted once. */
export function formatTime(milliseconds: number): string {
  let text = formatted.get(milliseconds);
  if (text === undefined) {
    text = new Date(Math.floor(milliseconds)).toISOString();
    if (formatted.size >= FORMATTED_MAX) formatted.clear();
    formatted.set(milliseconds, text);
  }
  return text;
}
