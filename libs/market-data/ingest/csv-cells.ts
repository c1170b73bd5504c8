import { parse } from 'csv-parse/sync';

/** The cells of a line of CSV; null where quotes do not match; a quoted cell may not hold a line end */
export function cellsOf(line: string, separator: string): readonly string[] | null {
  if (!line.includes('"')) return line.split(separator);
  try {
    const [cells] = parse(line, { delimiter: separator });
    return cells ?? null;
  } catch {
    return null;
  }
}
