/**
 * A sum that is correctly rounded, whatever the order of its terms: the terms are kept as numbers that do not overlap
 * (Shewchuk 1997, Adaptive Precision Floating-Point Arithmetic, grow-expansion). Sums of parts can be merged, and give the same bits as the
 * sum of the whole. Terms must be finite and their sum must not overflow.
 */
export class ExactSum {
  /** increasing in size, without overlap */
  private readonly parts: number[];

  constructor(parts: readonly number[] = []) {
    this.parts = [];
    for (const part of parts) this.add(part);
  }

  add(term: number): void {
    const { parts } = this;
    let x = term;
    let kept = 0;
    for (let i = 0; i < parts.length; i++) {
      let y = parts[i]!;
      if (Math.abs(x) < Math.abs(y)) [x, y] = [y, x];
      const high = x + y;
      const low = y - (high - x);
      if (low !== 0) parts[kept++] = low;
      x = high;
    }
    parts.length = kept;
    parts.push(x);
  }

  /** Adds a * b without rounding it (Dekker's product); exact while neither overflows nor underflows. */
  addProduct(a: number, b: number): void {
    const product = a * b;
    const [aHigh, aLow] = split(a);
    const [bHigh, bLow] = split(b);
    this.add(product);
    this.add(aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow));
  }

  merge(other: ExactSum): void {
    for (const part of other.parts) this.add(part);
  }

  /** The exact sum, rounded once. */
  get value(): number {
    const { parts } = this;
    let n = parts.length;
    if (n === 0) return 0;
    let high = parts[--n]!;
    let low = 0;
    while (n > 0) {
      const x = high;
      const y = parts[--n]!;
      high = x + y;
      low = y - (high - x);
      if (low !== 0) break;
    }
    // halfway between two numbers: the next part decides to which side the rounding goes
    if (n > 0 && ((low < 0 && parts[n - 1]! < 0) || (low > 0 && parts[n - 1]! > 0))) {
      const y = low * 2;
      const x = high + y;
      if (y === x - high) high = x;
    }
    return high;
  }

  /** What the constructor makes the same sum of again. */
  toJSON(): readonly number[] {
    return [...this.parts];
  }
}

/** x = high + low with 26 bits each (Veltkamp) */
function split(x: number): [number, number] {
  const scaled = 134217729 * x;
  const high = scaled - (scaled - x);
  return [high, x - high];
}
