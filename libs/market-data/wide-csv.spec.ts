import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CsvFormatError, readInstruments, readWideBars } from './wide-csv.js';

describe('wide CSV files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wide-csv-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text);
    return path;
  };

  it('reads closes and volumes, compressed or not, and takes an empty cell as missing', async () => {
    const closes = file('prices.csv.gz', 'date,A,B\n2024-01-02,10,\n2024-01-03,10.5,20\n');
    const volumes = file('volumes.csv', 'date,B,A\r\n2024-01-03,300,100\r\n');
    const bars = await readWideBars(closes, volumes);
    expect(bars.days).toEqual(['2024-01-02', '2024-01-03']);
    expect(bars.instruments).toEqual(['A', 'B']);
    expect([...bars.close]).toEqual([10, NaN, 10.5, 20]);
    expect([...bars.volume]).toEqual([NaN, NaN, 100, 300]);
  });

  it.each([
    ['a header without date', 'day,A\n', /line 1: the header must be "date"/],
    ['a column twice', 'date,A,A\n2024-01-02,1,2\n', /the column A is there twice/],
    ['a short row', 'date,A,B\n2024-01-02,1\n', /line 2: 2 cells where the header has 3/],
    ['a day out of order', 'date,A\n2024-01-03,1\n2024-01-02,1\n', /line 3: 2024-01-02 does not come after 2024-01-03/],
    ['a word for a number', 'date,A\n2024-01-02,NaN\n', /line 2, column A: "NaN" is not a positive number/],
    ['a negative price', 'date,A\n2024-01-02,-1\n', /line 2, column A: "-1" is not a positive number/],
    ['no day', 'date,A\n', /holds no day/],
  ])('refuses %s and says where', async (name, text, message) => {
    const path = file(`${name}.csv`, text);
    await expect(readWideBars(path)).rejects.toThrow(CsvFormatError);
    await expect(readWideBars(path)).rejects.toThrow(message);
  });

  it('reads instruments with quoted names, and refuses a file without sectors', async () => {
    const good = file('sectors.csv', 'ticker,name,sector\nA,"Agilent, ""the"" Co",Health Care\nB,,\n');
    expect(await readInstruments(good)).toEqual([
      { instrument_id: 'A', name: 'Agilent, "the" Co', sector: 'Health Care' },
      { instrument_id: 'B' },
    ]);
    await expect(readInstruments(file('none.csv', 'ticker,name\nA,x\n'))).rejects.toThrow(/must name the columns/);
  });

  it('says which file is missing', async () => {
    await expect(readWideBars(join(folder, 'absent.csv'))).rejects.toThrow(/ENOENT.*absent.csv/);
  });
});
