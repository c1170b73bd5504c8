const BLOCK_DAYS_LOG2 = 9;
const BLOCK_WORDS = 1 << (BLOCK_DAYS_LOG2 - 5);
const BLOCKS_AN_INSTRUMENT = 4_096;
/** so that days before 1970 count from 0 too */
const FIRST_BLOCK = 2_048;

/**
 * Which (instrument, day) a file has named so far: a bit each, in blocks of 512 days, so that a file of any length is told
 * its repeats exactly for about a bit a bar.
 */
export class SeenBars {
  private readonly blocks = new Map<number, number>();
  private words = new Int32Array(1_024 * BLOCK_WORDS);

  /** True where it was named before. */
  mark(instrument: number, day: number): boolean {
    const word = this.blockOf(instrument, day) + ((day >> 5) & (BLOCK_WORDS - 1));
    const bit = 1 << (day & 31);
    const before = this.words[word] as number;
    this.words[word] = before | bit;
    return (before & bit) !== 0;
  }

  private blockOf(instrument: number, day: number): number {
    const name = instrument * BLOCKS_AN_INSTRUMENT + (day >> BLOCK_DAYS_LOG2) + FIRST_BLOCK;
    const known = this.blocks.get(name);
    if (known !== undefined) return known;
    const start = this.blocks.size * BLOCK_WORDS;
    this.blocks.set(name, start);
    if (start === this.words.length) {
      const larger = new Int32Array(2 * start);
      larger.set(this.words);
      this.words = larger;
    }
    return start;
  }
}
