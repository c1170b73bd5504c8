import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandFailure } from './failure.js';
import { readSignals } from './signals-csv.js';

const folder = mkdtempSync(join(tmpdir(), 'signals-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (text: string): string => {
  const path = join(folder, 'signals.csv');
  writeFileSync(path, text);
  return path;
};
const refused = async (text: string): Promise<CommandFailure> => {
  const error: unknown = await readSignals(file(text)).then(
    () => null,
    (failure: unknown) => failure,
  );
  if (!(error instanceof CommandFailure)) throw new Error('was not refused');
  return error;
};
const HEADER = 'signal_id,source,instrument_id,action,strength,confidence,generated_at';

describe('signals of a CSV file', () => {
  it('have their columns as fields; an empty cell is none', async () => {
    const text = `\ufeff${HEADER},horizon_days,strategy\na, news ,"B,1",BUY,0.9,0.8,2026-03-02T14:30:00Z,,value\n\n`;
    expect(await readSignals(file(text))).toEqual([
      {
        signal_id: 'a',
        source: 'news',
        instrument_id: 'B,1',
        action: 'BUY',
        strength: 0.9,
        confidence: 0.8,
        generated_at: '2026-03-02T14:30:00Z',
        strategy: 'value',
      },
    ]);
  });

  it('are refused with the columns that are missing, unknown and repeated', async () => {
    const { message, errors, exitCode } = await refused(`${HEADER.replace('strength', 'score')},source\n`);
    expect([exitCode, message]).toEqual([2, expect.stringContaining('signal_id, source, instrument_id')]);
    expect(errors).toEqual([
      { pointer: 'strength', message: 'is missing' },
      { pointer: 'score', message: 'is no field of a signal' },
      { pointer: 'source', message: 'is there twice' },
    ]);
  });

  it('are refused with the line and column of what is no number', async () => {
    const { errors } = await refused(
      `${HEADER}\na,news,A,BUY,1,1,2026-03-02T14:30:00Z\nb,news,A,BUY,high,1,2026-03-02T14:30:00Z\n`,
    );
    expect(errors).toEqual([{ pointer: 'line 3/strength', message: 'is "high"' }]);
  });

  it.each([[`${HEADER}\na,b\n`], ['"a']])('are refused where the file is no table: %j', async (text) => {
    expect((await refused(text)).message).toContain('is not CSV');
  });

  it('are refused where there is no file', async () => {
    await expect(readSignals(join(folder, 'none.csv'))).rejects.toThrow('cannot be read');
  });
});
