import { type BarColumns, dayText } from '../storage/bar-columns.js';
import type { WrittenBars } from '../storage/bar-writer.js';
import { BarFileError } from './bar-file-error.js';
import { type BarFormat, type BarSink, ingestBars, type IngestOptions, type IngestReport } from './ingest-bars.js';
import { DEFAULT_INGEST_LIMITS } from './limits.js';

/** A store in memory that counts as the real one does. */
class MemorySink implements BarSink {
  readonly bars = new Map<string, readonly [number, number]>();
  readonly batches: number[] = [];
  private readonly keys = new Map<string, number>();

  constructor(...ids: readonly string[]) {
    for (const id of ids) this.keys.set(id, 100 + this.keys.size);
  }

  instrumentKeys = async () => new Map(this.keys);

  createInstruments = async (ids: readonly string[]) => {
    for (const id of ids) if (!this.keys.has(id)) this.keys.set(id, 100 + this.keys.size);
    return new Map(this.keys);
  };

  barWriter = () => ({ write: async (bars: BarColumns) => this.write(bars) });

  private write(bars: BarColumns): WrittenBars {
    const counts = { inserted: 0, corrected: 0, unchanged: 0 };
    const ids = new Map([...this.keys].map(([id, key]) => [key, id]));
    if (bars.count > 0) this.batches.push(bars.count);
    for (let i = 0; i < bars.count; i++) {
      const name = `${ids.get(bars.instrument[i] as number)} ${dayText(bars.day[i] as number)}`;
      const bar = [bars.close[i] as number, bars.volume[i] as number] as const;
      const before = this.bars.get(name);
      if (before === undefined) counts.inserted += 1;
      else if (Object.is(before[0], bar[0]) && Object.is(before[1], bar[1])) counts.unchanged += 1;
      else counts.corrected += 1;
      this.bars.set(name, bar);
    }
    return counts;
  }
}

async function* pieces(text: string | Uint8Array, bytes = 7): AsyncGenerator<Uint8Array> {
  const all = typeof text === 'string' ? Buffer.from(text) : text;
  for (let at = 0; at < all.length; at += bytes) yield all.subarray(at, at + bytes);
}

type Changes = Partial<Omit<IngestOptions, 'limits'>> & { readonly limits?: Partial<IngestOptions['limits']> };

const ingest = (
  format: BarFormat,
  text: string | Uint8Array,
  sink: BarSink,
  { limits, ...changes }: Changes = {},
): Promise<IngestReport> =>
  ingestBars(pieces(text), sink, {
    format,
    createInstruments: false,
    ignore: [],
    today: '2024-06-03',
    limits: { ...DEFAULT_INGEST_LIMITS, ...limits },
    ...changes,
  });

const line = (instrument_id: string, day: string, close: unknown, rest: object = {}) =>
  `${JSON.stringify({ instrument_id, day, close, ...rest })}\n`;

describe('ingesting NDJSON', () => {
  it('takes rows in any order, tells new ones, unchanged ones and corrections apart', async () => {
    const sink = new MemorySink('A', 'B');
    const first = line('B', '2024-01-03', 5) + line('A', '2024-01-02', 10, { volume: 0 }) + line('B', '2024-01-02', 4);
    expect(await ingest('ndjson', first, sink)).toEqual({
      rows: 3,
      accepted: 3,
      inserted: 3,
      corrected: 0,
      unchanged: 0,
      duplicates: 0,
      rejected_total: 0,
      rejected: [],
      instruments_created: 0,
      first_day: '2024-01-02',
      last_day: '2024-01-03',
      warnings: [],
    });
    const again = await ingest('ndjson', first + line('A', '2024-01-02', 11, { volume: null }), sink);
    expect(again).toMatchObject({ accepted: 4, inserted: 0, corrected: 1, unchanged: 2, duplicates: 1 });
    expect(sink.bars.get('A 2024-01-02')).toEqual([11, NaN]);
  });

  it('lets the last of several rows of a day win, within a batch and across batches, and counts the others', async () => {
    const sink = new MemorySink('A', 'B');
    const rows = [1, 2, 3, 4, 5].map((close) => line('A', '2024-01-02', close) + line('B', `2024-01-0${close}`, close));
    const report = await ingest('ndjson', rows.join(''), sink, { limits: { batchRows: 3 } });
    expect(report).toMatchObject({ rows: 10, accepted: 10, inserted: 6, corrected: 0, unchanged: 0, duplicates: 4 });
    expect(sink.bars.get('A 2024-01-02')).toEqual([5, NaN]);
    expect(sink.bars.size).toBe(6);
  });

  it.each<[string, string, object]>([
    ['a price of zero', line('A', '2024-01-02', 0), { pointer: '/close', message: 'is 0' }],
    ['a negative price', line('A', '2024-01-02', -1.5), { pointer: '/close', message: 'is -1.5' }],
    ['a price as text', line('A', '2024-01-02', '10'), { pointer: '/close', message: 'is "10"' }],
    ['no price', line('A', '2024-01-02', null), { pointer: '/close', message: 'is missing' }],
    ['a price beyond all', line('A', '2024-01-02', 1e300), { pointer: '/close' }],
    ['NaN', '{"instrument_id":"A","day":"2024-01-02","close":NaN}\n', { pointer: '', message: /^is not JSON/ }],
    ['a number that is infinite', '{"instrument_id":"A","day":"2024-01-02","close":1e999}\n', { pointer: '/close' }],
    ['a negative volume', line('A', '2024-01-02', 1, { volume: -1 }), { pointer: '/volume', message: 'is -1' }],
    ['an unknown field', line('A', '2024-01-02', 1, { 'op/en': 1 }), { pointer: '/op~1en' }],
    ['an unknown instrument', line('Z', '2024-01-02', 1), { pointer: '/instrument_id', message: /"Z".*not known/ }],
    ['an instrument that is too long', line('A'.repeat(21), '2024-01-02', 1), { pointer: '/instrument_id' }],
    ['a day that is none', line('A', '2024-02-30', 1), { pointer: '/day', message: 'is "2024-02-30"' }],
    ['a day of another form', line('A', '02.01.2024', 1), { pointer: '/day' }],
    ['the day after tomorrow', line('A', '2024-06-05', 1), { pointer: '/day' }],
    ['a list', '[1]\n', { pointer: '', message: 'is [1]' }],
    ['a line without end', line('A', '2024-01-02', 1, { volume: 'x'.repeat(300) }), { message: /longer than 200/ }],
  ])(
    'rejects %s by its line, and takes the rows around it',
    async (_, bad, { message, ...expected }: { message?: unknown }) => {
      const sink = new MemorySink('A');
      const text = `${line('A', '2024-03-01', 1)}\n${bad}${line('A', '2024-03-04', 2)}`;
      const report = await ingest('ndjson', text, sink, { limits: { lineCharsMax: 200 } });
      expect(report).toMatchObject({
        rows: 3,
        accepted: 2,
        inserted: 2,
        rejected_total: 1,
        rejected: [{ line: 3, ...expected }],
      });
      const [rejected] = report.rejected;
      if (message instanceof RegExp) expect(rejected?.message).toMatch(message);
      else if (message !== undefined) expect(rejected?.message).toBe(message);
      expect(rejected?.accepted).toBeTruthy();
    },
  );

  it('lists the first rejected rows and counts all', async () => {
    const text = Array.from({ length: 30 }, (_, i) => line('A', '2024-01-02', -i)).join('');
    const report = await ingest('ndjson', line('A', '2024-01-02', 1) + text, new MemorySink('A'), {
      limits: { rejectedListMax: 10 },
    });
    expect([report.rejected_total, report.rejected.map((row) => row.line)]).toEqual([
      30,
      [2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    ]);
  });

  it('creates instruments where it is told to, but none that could not be stored', async () => {
    const sink = new MemorySink('A');
    const text =
      line('C', '2024-01-02', 1) +
      line('D', '2024-01-02', 1) +
      line('\u0007', '2024-01-02', 1) +
      line('C', '2024-01-03', 1);
    const report = await ingest('ndjson', text, sink, { createInstruments: true, limits: { batchRows: 2 } });
    expect(report).toMatchObject({
      accepted: 3,
      instruments_created: 2,
      rejected: [{ line: 3, pointer: '/instrument_id' }],
    });
    expect([...sink.bars.keys()]).toEqual(['C 2024-01-02', 'D 2024-01-02', 'C 2024-01-03']);
  });

  it('passes over fields that it is told to ignore', async () => {
    const report = await ingest('ndjson', line('A', '2024-01-02', 1, { open: 3 }), new MemorySink('A'), {
      ignore: ['open'],
    });
    expect(report).toMatchObject({ accepted: 1 });
  });

  it('reports a file that was cut in the middle of a line, and keeps the rows before', async () => {
    const text = line('A', '2024-01-02', 1) + line('A', '2024-01-03', 12.5).slice(0, -4);
    const report = await ingest('ndjson', text, new MemorySink('A'));
    expect(report).toMatchObject({ accepted: 1, rejected: [{ line: 2 }] });
    expect(report.rejected[0]?.message).toMatch(/ends in the middle of this line/);
  });

  it.each([
    ['an empty body', '', 'EMPTY'],
    ['blank lines', '\n \r\n', 'EMPTY'],
    ['a compressed file', Buffer.from([0x1f, 0x8b, 8, 0]), 'NOT_TEXT'],
    ['UTF-16', Buffer.from('\ufeff{}', 'utf16le'), 'NOT_TEXT'],
  ])('refuses %s', async (_, text, fault) => {
    await expect(ingest('ndjson', text, new MemorySink('A'))).rejects.toMatchObject({ fault });
  });

  it('stops at the limit of the body, keeps what came before and says so', async () => {
    const sink = new MemorySink('A');
    const text = line('A', '2024-01-02', 1) + line('A', '2024-01-03', 1).repeat(50);
    const error = await ingest('ndjson', text, sink, { limits: { bodyBytesMax: 120 } }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({
      fault: 'TOO_LARGE',
      message: expect.stringMatching(/120 bytes.* 2 rows before it are stored/) as string,
    });
    expect(sink.bars.size).toBe(2);
  });

  it('tells the error of the store, and nothing is left running', async () => {
    const sink = new MemorySink('A');
    sink.barWriter = () => ({ write: () => Promise.reject(new Error('disk full')) });
    const text = ['01', '02', '03', '04'].map((day) => line('A', `2024-01-${day}`, 1)).join('');
    await expect(ingest('ndjson', text, sink, { limits: { batchRows: 2 } })).rejects.toThrow('disk full');
  });

  it('holds three batches at most, however long the file and slow the store', async () => {
    const [rows, batchRows, linesAPiece] = [300_000, 2_000, 500];
    const sink = new MemorySink(...Array.from({ length: 100 }, (_, i) => `I${i}`));
    let [given, stored, ahead] = [0, 0, 0];
    async function* file(): AsyncGenerator<Uint8Array> {
      for (; given < rows; given += linesAPiece) {
        ahead = Math.max(ahead, given - stored);
        let text = '';
        for (let r = given; r < given + linesAPiece; r++) {
          text += `{"instrument_id":"I${r % 100}","day":"${dayText(12_000 + Math.floor(r / 100))}","close":${r + 1}}\n`;
        }
        yield Buffer.from(text);
      }
    }
    sink.barWriter = () => ({
      write: async (bars) => {
        await new Promise((wake) => setImmediate(wake));
        stored += bars.count;
        return { inserted: bars.count, corrected: 0, unchanged: 0 };
      },
    });
    const report = await ingestBars(file(), sink, {
      format: 'ndjson',
      createInstruments: false,
      ignore: [],
      today: '2024-06-03',
      limits: { ...DEFAULT_INGEST_LIMITS, batchRows },
    });
    expect(report).toMatchObject({ accepted: rows, inserted: rows });
    expect(ahead).toBeGreaterThanOrEqual(batchRows);
    expect(ahead).toBeLessThanOrEqual(3 * batchRows + linesAPiece);
  });
});

describe('ingesting CSV', () => {
  const rows = [
    ['instrument_id', 'day', 'close', 'volume'],
    ['A', '2024-01-02', '10.5', '100'],
    ['B', '2024-01-02', '1e2', ''],
  ];
  const csv = (separator: string, end = '\n') => rows.map((cells) => cells.join(separator) + end).join('');

  it.each([
    ['commas', csv(',')],
    ['semicolons', csv(';')],
    ['tabs', csv('\t')],
    ['bars', csv('|')],
    ['CRLF', csv(',', '\r\n')],
    ['a byte order mark', `\ufeff${csv(',')}`],
    ['quotes', csv(',').replaceAll('A', '"A"').replace('day', '"day"')],
    ['blank lines and spaces', csv(' , ').replaceAll('\n', '\n\n')],
    ['columns in another order', 'close,volume,day,instrument_id\n10.5,100,2024-01-02,A\n100,,2024-01-02,B\n'],
  ])('reads %s', async (_, text) => {
    const sink = new MemorySink('A', 'B');
    expect(await ingest('csv', text, sink)).toMatchObject({ rows: 2, accepted: 2, rejected: [], warnings: [] });
    expect([...sink.bars]).toEqual([
      ['A 2024-01-02', [10.5, 100]],
      ['B 2024-01-02', [100, NaN]],
    ]);
  });

  it('reads files without volumes, and keeps separators within quotes', async () => {
    const sink = new MemorySink('A,B');
    await ingest('csv', 'instrument_id,day,close\n"A,B",2024-01-02,3\n', sink);
    expect([...sink.bars]).toEqual([['A,B 2024-01-02', [3, NaN]]]);
  });

  it.each([
    ['A,2024-01-02,abc,1', { pointer: '/close', message: 'is "abc"' }],
    ['A,2024-01-02,NaN,1', { pointer: '/close', message: 'is "NaN"' }],
    ['A,2024-01-02,0x10,1', { pointer: '/close' }],
    ['A,2024-01-02,-3,1', { pointer: '/close', message: 'is -3' }],
    ['A,2024-01-02,,1', { pointer: '/close', message: 'is missing' }],
    [',2024-01-02,1,1', { pointer: '/instrument_id', message: 'is missing' }],
    ['A,2024-01-02,1', { pointer: '', message: 'has 3 cells where the header has 4: "A,2024-01-02,1"' }],
    ['A,2024-01-02,1,1,1', { pointer: '' }],
    ['"A,2024-01-02,1,1', { pointer: '' }],
  ])('rejects the row %s by its line', async (bad, expected) => {
    const text = `instrument_id,day,close,volume\r\nA,2024-03-01,1,1\r\n${bad}\r\nA,2024-03-04,1,1\r\n`;
    const report = await ingest('csv', text, new MemorySink('A'));
    expect(report).toMatchObject({ rows: 3, accepted: 2, rejected_total: 1, rejected: [{ line: 3, ...expected }] });
  });

  it.each([
    ['a column that is not known', 'instrument_id,day,close,open\n', [{ pointer: '/open' }], /open is not a column/],
    ['a missing column', 'instrument_id,date,close\n', [{ pointer: '/date' }, { pointer: '/day' }], /day is missing/],
    ['a column twice', 'instrument_id,day,close,day\n', [{ pointer: '/day' }], /twice/],
    ['another separator', 'instrument_id:day:close:volume\n', [{ pointer: '' }], /separated by ":".*a comma/],
    ['spaces as separator', 'instrument_id day close\n', [{ pointer: '' }], /separated by " "/],
    ['no header', 'A,2024-01-02,10\n', [{}, {}, { pointer: '/close' }], /instrument_id is missing/],
    ['the wide form', `date,${'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('').join(',')}\n`, [{}, {}, {}, {}], /26 more/],
  ])('refuses a file with %s, and says which', async (_, header, errors, message) => {
    const thrown = await ingest('csv', `${header}A,2024-01-02,1,1\n`, new MemorySink('A')).catch((e: unknown) => e);
    expect(thrown).toBeInstanceOf(BarFileError);
    expect(thrown).toMatchObject({ fault: 'HEADER', errors, message: expect.stringMatching(message) as string });
  });

  it('passes over columns that it is told to ignore', async () => {
    const text = 'instrument_id,day,open,close\nA,2024-01-02,9,10\n';
    expect(await ingest('csv', text, new MemorySink('A'), { ignore: ['open', 'high'] })).toMatchObject({ accepted: 1 });
  });

  it('reports a file that was cut within a row, and warns where the last cell may be short', async () => {
    const text = 'instrument_id,day,close,volume\nA,2024-03-01,1,1\n';
    const cut = await ingest('csv', `${text}A,2024-03-04,1`, new MemorySink('A'));
    expect(cut).toMatchObject({
      accepted: 1,
      rejected: [{ line: 3, message: expect.stringMatching(/ends in the middle/) as string }],
    });
    const short = await ingest('csv', `${text}A,2024-03-04,1,1`, new MemorySink('A'));
    expect(short).toMatchObject({
      accepted: 2,
      warnings: [expect.stringMatching(/^Line 3, the last, has no line end/) as string],
    });
  });
});
