import { SeededRandom, studentUpperTail, sum } from '../numerics/index.js';

const SAMPLES_BEYOND = 20;

export interface PromotionTest {
  /** out-of-sample utility of the challenger less that of the champion, one a coordination, oldest first; both from before the outcome was known */
  readonly differences: readonly number[];
  /** coordinations whose outcomes overlap: the horizon over the days between coordinations, rounded up */
  readonly overlap: number;
  /** 1 for the first look at this challenger, 2 for the second, and so on */
  readonly look: number;
  /** challengers that were tried side by side */
  readonly challengers: number;
}

export interface PromotionRules {
  /** chance that a challenger without advantage is ever promoted, over all looks and challengers; default 0.05 */
  readonly errorRate?: number;
  /** blocks of overlapping coordinations that a decision needs; default 12 */
  readonly minBlocks?: number;
  /** bootstrap samples; default as many as put 20 beyond the threshold where nothing is better */
  readonly samples?: number;
  readonly seed?: number;
}

export interface PromotionVerdict {
  readonly verdict: 'PROMOTE' | 'KEEP' | 'TOO_EARLY';
  readonly blocks: number;
  readonly meanDifference: number;
  /** one-sided, of the paired t test on the means of the blocks */
  readonly pValueT: number;
  /** one-sided, of the bootstrap of the blocks; null where the t test had decided already */
  readonly pValueBootstrap: number | null;
  /** what both p-values had to be below at this look */
  readonly threshold: number;
}

/**
 * Whether a challenger replaces the champion: the larger of the p-values of a paired t test and a bootstrap over blocks of overlapping coordinations must be
 * below the part of the error rate that this look may spend, 6 / (pi^2 look^2) of it, divided among the challengers (Bonferroni over looks and
 * challengers: it holds however often and whenever one looks). A reversal is the same question with the roles exchanged.
 */
export function judgeChallenger(test: PromotionTest, rules: PromotionRules = {}): PromotionVerdict {
  const { errorRate = 0.05, minBlocks = 12, seed = 1 } = rules;
  const known = test.differences.filter(Number.isFinite);
  const blocks = blockMeans(known, Math.max(1, Math.ceil(test.overlap)));
  const n = blocks.length;
  const threshold = (errorRate * 6) / (Math.PI * Math.PI * test.look * test.look * Math.max(1, test.challengers));
  const mean = n > 0 ? sum(blocks) / n : 0;
  if (n < minBlocks) {
    return { verdict: 'TOO_EARLY', blocks: n, meanDifference: mean, pValueT: 1, pValueBootstrap: null, threshold };
  }
  const pValueT = pairedT(blocks, mean);
  const verdict = { blocks: n, meanDifference: mean, pValueT, threshold };
  if (!(pValueT < threshold)) return { verdict: 'KEEP', ...verdict, pValueBootstrap: null };
  const samples = rules.samples ?? Math.ceil(SAMPLES_BEYOND / threshold);
  const pValueBootstrap = bootstrap(blocks, mean, samples, new SeededRandom(seed));
  return { verdict: pValueBootstrap < threshold ? 'PROMOTE' : 'KEEP', ...verdict, pValueBootstrap };
}

/** Means of whole blocks; an incomplete one at the end waits. */
function blockMeans(values: readonly number[], length: number): readonly number[] {
  const means: number[] = [];
  for (let from = 0; from + length <= values.length; from += length) {
    means.push(sum(values.slice(from, from + length)) / length);
  }
  return means;
}

function pairedT(blocks: readonly number[], mean: number): number {
  const n = blocks.length;
  const variance = sum(blocks.map((value) => (value - mean) * (value - mean))) / (n - 1);
  if (!(variance > 0)) return mean > 0 ? 0 : 1;
  return studentUpperTail(mean / Math.sqrt(variance / n), n - 1);
}

/** Share of studentised means under no difference that reach the observed one, the observed one counted among them (Davison and Hinkley 1997, 4.4). */
function bootstrap(blocks: readonly number[], mean: number, samples: number, random: SeededRandom): number {
  const n = blocks.length;
  const observed = studentised(blocks, 0);
  let reached = 1;
  const drawn = new Array<number>(n).fill(0);
  for (let sample = 0; sample < samples; sample++) {
    for (let i = 0; i < n; i++) drawn[i] = blocks[random.integer(n)]!;
    if (studentised(drawn, mean) >= observed) reached++;
  }
  return reached / (samples + 1);
}

function studentised(values: readonly number[], centre: number): number {
  const n = values.length;
  let total = 0;
  for (const value of values) total += value;
  const mean = total / n;
  let squares = 0;
  for (const value of values) squares += (value - mean) * (value - mean);
  const distance = mean - centre;
  if (squares > 0) return distance / Math.sqrt(squares / ((n - 1) * n));
  return distance === 0 ? 0 : distance > 0 ? Infinity : -Infinity;
}
