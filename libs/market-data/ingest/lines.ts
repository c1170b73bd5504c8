import { BarFileError } from './bar-file-error.js';
import type { IngestLimits } from './limits.js';

/** Consecutive lines of a file, without their ends; as many as came with one piece of it. */
export interface LineBlock {
  /** number of the first of them, from 1 */
  readonly first: number;
  readonly lines: readonly string[];
  /** the last of them is the last of the file and has no line end: the file may have been cut in it */
  readonly cut: boolean;
}

/**
 * UTF-8 text as it comes, line by line: LF or CRLF, with or without a byte order mark. Of a line that is longer than the
 * limit only as much is kept as shows that it is.
 *
 * @throws BarFileError where it is not text, or longer than the limit
 */
export async function* linesOf(
  source: AsyncIterable<Uint8Array>,
  { bodyBytesMax, lineCharsMax }: Pick<IngestLimits, 'bodyBytesMax' | 'lineCharsMax'>,
): AsyncGenerator<LineBlock> {
  const decoder = new TextDecoder('utf-8');
  let bytes = 0;
  let first = 1;
  let rest = '';
  for await (const piece of source) {
    if (bytes === 0) refuseOtherFormats(piece);
    bytes += piece.byteLength;
    if (bytes > bodyBytesMax) {
      throw new BarFileError('TOO_LARGE', `The body is longer than ${bodyBytesMax} bytes; line ${first} is not read.`);
    }
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop() as string;
    if (rest.length > lineCharsMax) rest = rest.slice(0, lineCharsMax + 1);
    if (lines.length > 0) yield { first, lines: lines.map(withoutReturn), cut: false };
    first += lines.length;
  }
  rest += decoder.decode();
  if (rest.trim() !== '') yield { first, lines: [withoutReturn(rest)], cut: true };
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);

/** What people send by mistake shows in its first bytes. */
function refuseOtherFormats(piece: Uint8Array): void {
  const [a, b] = piece;
  const found =
    a === 0x1f && b === 0x8b
      ? 'gzip-compressed'
      : a === 0x50 && b === 0x4b
        ? 'a ZIP archive or a spreadsheet'
        : (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)
          ? 'UTF-16 text'
          : a === 0x50 && b === 0x41 && piece[2] === 0x52
            ? 'a Parquet file'
            : null;
  if (found !== null) throw new BarFileError('NOT_TEXT', `The body is ${found}; UTF-8 text is accepted.`);
}
