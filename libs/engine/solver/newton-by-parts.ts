import type { DualState } from './dual-state.js';
import { noProximal } from './measure.js';
import { climb, isSolved, maximiseDual, type NewtonOutcome, type NewtonSettings } from './newton.js';
import { restrictTo } from './working-set.js';

/** Steps shorter than this, for slopes of size one, are expected to leave most instruments at the bound or kink where they are. */
const NEAR = 0.02;
/** Instruments that would move within so many steps of the last one's size may; and within this at least. */
const STEPS = 8;
const WINDOW_MIN = 0.05;
/** Where an instrument outside moves after all, its kind is looked for further out, so many times. */
const ROUNDS_MAX = 3;
const FURTHER = 3;
/** Newton's method on a part that takes longer is better off with all instruments. */
const PART_ITERATIONS_MAX = 20;

/**
 * Maximises the dual function as maximiseDual does, but once steps are short only over the instruments that are near to
 * moving: most rest at a bound or at the kink of their costs. All of them are looked at again at the end, and where
 * one has moved, the search goes on. (Shrinking: Joachims, Making large-scale SVM learning practical, 1999.)
 *
 * @param state moved
 * @param isNear whether it begins at a point as good as one after short steps
 */
export function maximiseByParts(state: DualState, settings: NewtonSettings, isNear: boolean): NewtonOutcome {
  const { p, point, value } = state;
  const limited = { ...settings, iterations_max: PART_ITERATIONS_MAX, seeks_proof: false };
  let [iterations, width, window] = [0, settings.width, WINDOW_MIN];
  if (!isNear) {
    const first = climb(state, settings, NEAR);
    iterations = first.iterations;
    if (first.status !== 'near') return { status: first.status, point, value, iterations };
    width = first.width;
    window = Math.max(WINDOW_MIN, STEPS * first.distance);
  }
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    if (isSolved(state, settings)) return { status: 'converged', point, value, iterations };
    const members = moversWithin(state, window);
    if (2 * members.length > p.n) break;
    const part = restrictTo(p, value.response, members);
    const copy = { factors: point.factors.slice(), prices: point.prices.slice() };
    const inner = maximiseDual(part, copy, noProximal(part), { ...limited, width });
    iterations += inner.iterations;
    if (inner.status !== 'converged') break;
    state.jump(copy);
    window *= FURTHER;
  }
  const last = climb(state, { ...settings, width });
  return {
    status: last.status === 'near' ? 'stalled' : last.status,
    point,
    value,
    iterations: iterations + last.iterations,
  };
}

/** The instruments whose answer changes within a window of slopes. */
function moversWithin(state: DualState, window: number): Int32Array {
  const { compliance } = state.averagedOver(window);
  const { n } = state.p;
  const members = new Int32Array(n);
  let count = 0;
  for (let i = 0; i < n; i += 1) if (compliance[i] !== 0) members[count++] = i;
  return members.subarray(0, count);
}
