const BASIS_POINTS = 1e4;

/** An expected return, a cost or a utility, fraction: `12.3 bp`. */
export function bps(value: number): string {
  const rounded = (BASIS_POINTS * value).toFixed(Math.abs(BASIS_POINTS * value) < 1 ? 2 : 1);
  return `${unsignedZero(rounded)} bp`;
}

/** A weight or a share, fraction: `4.95 %`. */
export function percent(value: number): string {
  return `${unsignedZero((100 * value).toFixed(2))} %`;
}

/** Shares, without trailing zeros. */
export function shares(quantity: number): string {
  return String(Number(quantity.toFixed(6)));
}

export function signed(text: string): string {
  return text.startsWith('-') ? text : `+${text}`;
}

/** `-0.00` says nothing that `0.00` does not. */
function unsignedZero(text: string): string {
  return /^-0(\.0+)?$/.test(text) ? text.slice(1) : text;
}

/** `a`, `a and b`, `a, b and c`; beyond `most` the rest is counted. */
export function list(items: readonly string[], most = 4): string {
  const shown = items.length > most ? [...items.slice(0, most), `${items.length - most} more`] : items;
  if (shown.length < 2) return shown.join('');
  return `${shown.slice(0, -1).join(', ')} and ${shown[shown.length - 1]!}`;
}
