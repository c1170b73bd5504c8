import type { LearnedState } from '../input.js';
import { exp, ln } from '../numerics/index.js';
import { calibrated } from '../signals/index.js';

/** A confidence with whether it came true. */
export interface ConfidenceOutcome {
  readonly confidence: number;
  readonly hit: boolean;
}

export type CalibrationMap = NonNullable<LearnedState['calibration']>;

/**
 * Isotonic regression by pooling adjacent violators (Ayer et al. 1955): the non-descending map of least squares, as points between which it is linear.
 */
export function isotonicCalibration(outcomes: readonly ConfidenceOutcome[]): CalibrationMap {
  interface Pool {
    from: number;
    to: number;
    count: number;
    hits: number;
  }
  const pools: Pool[] = [];
  const ordered = [...outcomes].sort((a, b) => a.confidence - b.confidence);
  for (let at = 0; at < ordered.length;) {
    const { confidence } = ordered[at]!;
    let [count, hits] = [0, 0];
    // equal confidences are one point, whatever their order
    for (; at < ordered.length && ordered[at]!.confidence === confidence; at++) {
      count++;
      hits += ordered[at]!.hit ? 1 : 0;
    }
    let pool = { from: confidence, to: confidence, count, hits };
    for (
      let last = pools.at(-1);
      last !== undefined && last.hits * pool.count >= pool.hits * last.count;
      last = pools.at(-1)
    ) {
      pools.pop();
      pool = { from: last.from, to: pool.to, count: last.count + pool.count, hits: last.hits + pool.hits };
    }
    pools.push(pool);
  }
  return {
    points: pools.flatMap(
      ({ from, to, count, hits }): (readonly [number, number])[] =>
      from === to ? [[from, hits / count]] : [[from, hits / count], [to, hits / count]], // prettier-ignore
    ),
  };
}

const NEWTON_STEPS = 100;

/**
 * Platt's sigmoid 1 / (1 + exp(a p + b)), by Newton's method with a line search on his smoothed targets (Platt 1999; Lin, Lin and Weng 2007).
 */
export function plattSigmoid(outcomes: readonly ConfidenceOutcome[]): { readonly a: number; readonly b: number } {
  const positive = outcomes.filter(({ hit }) => hit).length;
  const negative = outcomes.length - positive;
  const [high, low] = [(positive + 1) / (positive + 2), 1 / (negative + 2)];
  let [a, b] = [0, ln((negative + 1) / (positive + 1))];
  const loss = (a: number, b: number): number => {
    let total = 0;
    for (const { confidence, hit } of outcomes) {
      const f = a * confidence + b;
      const target = hit ? high : low;
      total += f >= 0 ? target * f + ln(1 + exp(-f)) : (target - 1) * f + ln(1 + exp(f));
    }
    return total;
  };
  let now = loss(a, b);
  for (let step = 0; step < NEWTON_STEPS; step++) {
    let [ga, gb, haa, hab, hbb] = [0, 0, 1e-12, 0, 1e-12];
    for (const { confidence, hit } of outcomes) {
      const p = sigmoid(a * confidence + b);
      const d1 = (hit ? high : low) - p;
      const d2 = p * (1 - p);
      ga += confidence * d1;
      gb += d1;
      haa += confidence * confidence * d2;
      hab += confidence * d2;
      hbb += d2;
    }
    const determinant = haa * hbb - hab * hab;
    const da = -(hbb * ga - hab * gb) / determinant;
    const db = -(haa * gb - hab * ga) / determinant;
    if (!Number.isFinite(da) || !Number.isFinite(db) || Math.abs(ga) + Math.abs(gb) < 1e-12) break;
    let size = 1;
    let then = loss(a + da, b + db);
    while (then > now && size > 1e-10) {
      size /= 2;
      then = loss(a + size * da, b + size * db);
    }
    if (!(then < now)) break;
    a += size * da;
    b += size * db;
    now = then;
  }
  return { a, b };
}

/** 1 / (1 + e^f) */
function sigmoid(f: number): number {
  return f >= 0 ? exp(-f) / (1 + exp(-f)) : 1 / (1 + exp(f));
}

const SIGMOID_POINTS = 51;

/** The sigmoid as points over [0, 1]; a descending one (confidence that misleads) is the mean rate. */
export function plattCalibration(outcomes: readonly ConfidenceOutcome[]): CalibrationMap {
  const { a, b } = plattSigmoid(outcomes);
  if (!(a < 0)) {
    const hits = outcomes.filter(({ hit }) => hit).length;
    return { points: [[0, hits / outcomes.length]] };
  }
  const last = SIGMOID_POINTS - 1;
  return {
    points: Array.from({ length: SIGMOID_POINTS }, (_, i) => [i / last, sigmoid((a * i) / last + b)] as const),
  };
}

export interface ChosenCalibration {
  readonly method: 'IDENTITY' | 'PLATT' | 'ISOTONIC';
  /** mean log loss out of sample, of each method */
  readonly logLoss: Readonly<Record<'IDENTITY' | 'PLATT' | 'ISOTONIC', number>>;
  /** fitted to all outcomes; undefined for the identity */
  readonly map: CalibrationMap | undefined;
}

/** fewer outcomes leave the confidences as they are */
const MIN_OUTCOMES = 200;
const FOLDS = 4;
/** a confidence of 0 or 1 that was wrong would cost infinitely much */
const LOSS_FLOOR = 1e-3;

/**
 * Chooses among identity, sigmoid and isotonic map by their log loss out of sample, walking forward: each of the last four fifths is
 * judged by maps fitted to what came before it. Null for fewer than 200 outcomes.
 *
 * @param outcomes in the order in which they became known
 */
export function chooseCalibration(outcomes: readonly ConfidenceOutcome[]): ChosenCalibration | null {
  const n = outcomes.length;
  if (n < MIN_OUTCOMES) return null;
  const total = { IDENTITY: 0, PLATT: 0, ISOTONIC: 0 };
  for (let fold = 1; fold <= FOLDS; fold++) {
    const past = outcomes.slice(0, Math.floor((n * fold) / (FOLDS + 1)));
    const next = outcomes.slice(past.length, Math.floor((n * (fold + 1)) / (FOLDS + 1)));
    total.IDENTITY += lossOf(next, []);
    total.PLATT += lossOf(next, plattCalibration(past).points);
    total.ISOTONIC += lossOf(next, isotonicCalibration(past).points);
  }
  const judged = n - Math.floor(n / (FOLDS + 1));
  const logLoss = { IDENTITY: total.IDENTITY / judged, PLATT: total.PLATT / judged, ISOTONIC: total.ISOTONIC / judged };
  const method = (['IDENTITY', 'PLATT', 'ISOTONIC'] as const).reduce((best, each) =>
    logLoss[each] < logLoss[best] ? each : best,
  );
  const map =
    method === 'IDENTITY' ? undefined : method === 'PLATT' ? plattCalibration(outcomes) : isotonicCalibration(outcomes);
  return { method, logLoss, map };
}

function lossOf(outcomes: readonly ConfidenceOutcome[], points: CalibrationMap['points']): number {
  let total = 0;
  for (const { confidence, hit } of outcomes) {
    const p = Math.min(Math.max(calibrated(confidence, points), LOSS_FLOOR), 1 - LOSS_FLOOR);
    total -= ln(hit ? p : 1 - p);
  }
  return total;
}
