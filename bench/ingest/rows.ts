const INSTRUMENTS = 500;
const PIECE_ROWS = 1_000;

/** Made-up daily bars of 500 instruments, day by day, in the forms in which they are sent; the same rows in each. */
export interface BenchRows {
  readonly count: number;
  readonly ndjson: readonly Buffer[];
  /** with a header */
  readonly csv: readonly Buffer[];
  /** of `COPY ... FROM STDIN (FORMAT csv)`: no header, the columns instrument_id, day, close, volume */
  readonly copy: readonly Buffer[];
  /** sent before, so that no row is of an unknown instrument */
  readonly instruments: readonly { readonly instrument_id: string }[];
}

export function benchRows(days: number): BenchRows {
  const ids = Array.from({ length: INSTRUMENTS }, (_, i) => `TICK${i}`);
  const [ndjson, copy]: [Buffer[], Buffer[]] = [[], []];
  let [lines, cells, count] = ['', '', 0];
  for (let t = 0; t < days; t++) {
    const day = new Date(Date.UTC(2018, 0, 1 + t)).toISOString().slice(0, 10);
    for (const [i, id] of ids.entries()) {
      const close = (20 + ((i * 37 + t * 11) % 30_000) / 100).toFixed(2);
      const volume = 1_000 + ((i * 7_919 + t * 104_729) % 5_000_000);
      lines += `{"instrument_id":"${id}","day":"${day}","close":${close},"volume":${volume}}\n`;
      cells += `${id},${day},${close},${volume}\n`;
      if (++count % PIECE_ROWS !== 0) continue;
      ndjson.push(Buffer.from(lines));
      copy.push(Buffer.from(cells));
      lines = cells = '';
    }
  }
  const csv = [Buffer.from('instrument_id,day,close,volume\n'), ...copy];
  return { count, ndjson, csv, copy, instruments: ids.map((instrument_id) => ({ instrument_id })) };
}
