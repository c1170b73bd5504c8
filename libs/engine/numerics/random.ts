import { normalQuantile } from './normal-quantile.js';

/** Seeded pseudo-random numbers of integer arithmetic, the same on every machine (mulberry32, Tommy Ettinger). */
export class SeededRandom {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** in (0, 1) */
  uniform(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let word = this.state;
    word = Math.imul(word ^ (word >>> 15), word | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return (((word ^ (word >>> 14)) >>> 0) + 0.5) / 4294967296;
  }

  /** 0 .. count - 1 */
  integer(count: number): number {
    return Math.floor(count * this.uniform());
  }

  normal(): number {
    return normalQuantile(this.uniform());
  }

  /** 0 .. count - 1 in an order of which all are equally likely (Fisher and Yates). */
  permutation(count: number): Int32Array {
    const order = Int32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const held = order[i]!;
      order[i] = order[j]!;
      order[j] = held;
    }
    return order;
  }
}
