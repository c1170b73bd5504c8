/** What is left of an order, as a fraction of it, after each slot of a path that trades these parts of it; nothing after the last. */
export function remainingAfter(parts: ArrayLike<number>): Float64Array {
  const count = parts.length;
  let total = 0;
  for (let j = 0; j < count; j += 1) total += parts[j]!;
  const remaining = new Float64Array(count);
  let done = 0;
  for (let j = 0; j < count - 1; j += 1) {
    done += parts[j]!;
    remaining[j] = Math.max(0, 1 - done / total);
  }
  return remaining;
}

/** The paths of one profile over windows of slots: orders of a plan have few different windows. */
export class RemainingPaths {
  private readonly known = new Map<string, Float64Array>();

  /** @param part of slot s, in any unit */
  constructor(private readonly part: (s: number) => number) {}

  over(first: number, count: number): Float64Array {
    const key = `${first}+${count}`;
    let path = this.known.get(key);
    if (path === undefined) {
      path = remainingAfter(Float64Array.from({ length: count }, (_, j) => this.part(first + j)));
      this.known.set(key, path);
    }
    return path;
  }
}
