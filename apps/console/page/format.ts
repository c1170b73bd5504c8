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

/** `CONFLICTING_SIGNALS` as `conflicting signals`. */
export const words = (code: unknown): string => String(code).toLowerCase().replaceAll('_', ' ');
