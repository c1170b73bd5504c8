import type { BarColumns } from '../storage/bar-columns.js';
import type { SeenBars } from './seen-bars.js';

/** The columns of at most `capacity` bars that are written together, without a repeat of any (instrument, day) among them. */
class Columns implements BarColumns {
  count = 0;
  readonly instrument: Int32Array;
  readonly day: Int32Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
  /** where each bar is; filled only once somebody asks */
  private places: Map<number, Map<number, number>> | null = null;

  constructor(capacity: number) {
    this.instrument = new Int32Array(capacity);
    this.day = new Int32Array(capacity);
    this.close = new Float64Array(capacity);
    this.volume = new Float64Array(capacity);
  }

  append(instrument: number, day: number, close: number, volume: number): void {
    const at = this.count++;
    this.instrument[at] = instrument;
    this.day[at] = day;
    this.close[at] = close;
    this.volume[at] = volume;
    if (this.places !== null) this.note(this.places, at);
  }

  /** False where the bar is not here. */
  replace(instrument: number, day: number, close: number, volume: number): boolean {
    const at = this.find(instrument, day);
    if (at === undefined) return false;
    this.close[at] = close;
    this.volume[at] = volume;
    return true;
  }

  clear(): void {
    this.count = 0;
    this.places = null;
  }

  private find(instrument: number, day: number): number | undefined {
    if (this.places === null) {
      this.places = new Map();
      for (let at = 0; at < this.count; at++) this.note(this.places, at);
    }
    return this.places.get(instrument)?.get(day);
  }

  private note(places: Map<number, Map<number, number>>, at: number): void {
    const instrument = this.instrument[at] as number;
    const days = places.get(instrument) ?? new Map<number, number>();
    if (days.size === 0) places.set(instrument, days);
    days.set(this.day[at] as number, at);
  }
}

/**
 * Bars on their way into the store. The last bar of an (instrument, day) wins: a repeat replaces the bar of this batch, or,
 * where that was written with an earlier batch, is written after this one.
 */
export class BarBatch {
  private readonly first: Columns;
  private readonly again: Columns;

  constructor(
    private readonly capacity: number,
    private readonly seen: SeenBars,
  ) {
    this.first = new Columns(capacity);
    this.again = new Columns(capacity);
  }

  get rows(): number {
    return this.first.count + this.again.count;
  }

  isFull(): boolean {
    return this.rows >= this.capacity;
  }

  /** @returns true where the file named this (instrument, day) before */
  add(instrument: number, day: number, close: number, volume: number): boolean {
    const repeated = this.seen.mark(instrument, day);
    if (!repeated) this.first.append(instrument, day, close, volume);
    else if (
      !this.first.replace(instrument, day, close, volume) &&
      !this.again.replace(instrument, day, close, volume)
    ) {
      this.again.append(instrument, day, close, volume);
    }
    return repeated;
  }

  /** those that the file had not named before */
  fresh(): BarColumns {
    return this.first;
  }

  /** those that replace what was written with an earlier batch */
  repeats(): BarColumns {
    return this.again;
  }

  clear(): void {
    this.first.clear();
    this.again.clear();
  }
}
