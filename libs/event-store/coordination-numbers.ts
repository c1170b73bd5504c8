import type { SqlExecutor } from '#platform';

interface Block {
  readonly day: string;
  next: number;
  readonly last: number;
}

/**
 * Numbers within a day, unique over all processes: each process takes a block at a time (hi-lo), so that an id costs no
 * round trip. What a process did not use is given back when it ends cleanly, where nobody took numbers after it.
 */
export class CoordinationNumbers {
  private block: Block | null = null;
  private queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly db: SqlExecutor,
    private readonly blockSize: number,
  ) {}

  /** @param day YYYYMMDD */
  next(day: string): Promise<number> {
    const number = this.queue.then(() => this.take(day));
    this.queue = number.catch(() => undefined);
    return number;
  }

  async giveBack(): Promise<void> {
    await this.queue;
    await this.release();
  }

  private async take(day: string): Promise<number> {
    if (this.block === null || this.block.day !== day || this.block.next > this.block.last) {
      // requests may name past days: going back and forth between days must not use up a block each time
      await this.release();
      this.block = await this.reserve(day);
    }
    return this.block.next++;
  }

  private async release(): Promise<void> {
    const block = this.block;
    this.block = null;
    if (block === null || block.next > block.last) return;
    await this.db.query('UPDATE coordination_counters SET last_number = $1 WHERE day = $2 AND last_number = $3', [
      block.next - 1,
      block.day,
      block.last,
    ]);
  }

  private async reserve(day: string): Promise<Block> {
    const [row] = await this.db.query<{ last_number: number }>(
      `INSERT INTO coordination_counters (day, last_number) VALUES ($1, $2)
       ON CONFLICT (day) DO UPDATE SET last_number = coordination_counters.last_number + $2
       RETURNING last_number`,
      [day, this.blockSize],
    );
    if (row === undefined) throw new Error('The counter returned no row.');
    return { day, next: row.last_number - this.blockSize + 1, last: row.last_number };
  }
}
