/** One measured number beside that of a peer or a floor, taken alternately in the same run. */
export interface BenchCase {
  readonly case: string;
  /** such as p50, p99, throughput, median */
  readonly metric: string;
  /** ms, us, s, bytes, bp (lost): less is better; anything per time, such as requests/s: more is better */
  readonly unit: string;
  readonly ours: number;
  readonly peer: number;
  readonly peer_name: string;
}

/** What `bench/NAME/NAME.bench.ts` exports as `bench`. Notes go to standard error, cases to `emit` as they are ready. */
export interface Bench {
  readonly name: string;
  run(emit: (result: BenchCase) => void): Promise<void> | void;
}

/** The q-quantile (nearest rank) of a sample, which is not changed. */
export function quantile(sample: readonly number[], q: number): number {
  const sorted = Float64Array.from(sample).sort();
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? NaN;
}
