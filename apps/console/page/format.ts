/** Numbers and times as the console writes them: the same on every machine, whatever its language. */

const group = (digits: string): string => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
const MINUS = '\u2212';

/** With thousands separated. What is no finite number is a dash. */
export function number(value: unknown, digits = 0): string {
  if (typeof value !== 'number' || !Number.isFinite(value)) return '–';
  const [whole = '', rest] = Math.abs(value).toFixed(digits).split('.');
  const text = rest === undefined ? group(whole) : `${group(whole)}.${rest}`;
  return value < 0 && Number(value.toFixed(digits)) !== 0 ? MINUS + text : text;
}

/** A fraction in per cent. */
export const percent = (value: unknown, digits = 2): string =>
  typeof value === 'number' && Number.isFinite(value) ? `${number(value * 100, digits)} %` : '–';

/** A fraction in per cent, with its sign. */
export const change = (value: unknown, digits = 2): string =>
  typeof value === 'number' && value * 100 >= 0.5 * 10 ** -digits
    ? `+${percent(value, digits)}`
    : percent(value, digits);

export const basisPoints = (value: unknown, digits = 1): string =>
  typeof value === 'number' && Number.isFinite(value) ? `${number(value, digits)} bp` : '–';

/** `2025-06-21 10:00:00`, in UTC. */
export const time = (text: unknown): string =>
  typeof text === 'string' ? text.replace('T', ' ').replace(/(\.\d+)?Z$/, '') : '–';

/** `10:00`, in UTC. */
export const clock = (text: string): string => text.slice(11, 16);

/** How long ago, in the greatest unit that fits. */
export function ago(text: string, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(text)) / 1000));
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3_600)} h ago` : `${Math.floor(seconds / 86_400)} d ago`;
}

/** `CONFLICTING_SIGNALS` as `conflicting signals`. */
export const words = (code: unknown): string => String(code).toLowerCase().replaceAll('_', ' ');
