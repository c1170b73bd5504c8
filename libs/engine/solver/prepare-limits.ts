import { GROSS, GROUPS, INVESTED_MAX, INVESTED_MIN, RISK, TURNOVER } from './prepared-problem.js';
import type { Problem } from './problem.js';

/** A volatility limit is taken as no less than this, so that the multiplier of a zero limit stays finite. */
const VOLATILITY_FLOOR = 2e-10;

/**
 * Where each w_i may lie. A bound that is far beyond what the other limits allow (documents write 1e20 for "none") is
 * drawn in to where it still cannot bind.
 */
export function boxes(problem: Problem): { lower: Float64Array; upper: Float64Array } {
  const lower = Float64Array.from(problem.lower);
  const upper = Float64Array.from(problem.upper);
  const reach = farthest(problem);
  for (let i = 0; i < lower.length; i += 1) {
    const w0 = problem.initial[i]!;
    lower[i] = Math.min(Math.max(lower[i]!, -reach, w0 - reach), upper[i]!);
    upper[i] = Math.max(Math.min(upper[i]!, reach, w0 + reach), lower[i]!);
  }
  for (const i of problem.fixed ?? []) {
    lower[i] = problem.initial[i]!;
    upper[i] = problem.initial[i]!;
  }
  return { lower, upper };
}

/** Twice as far from zero and from w0 as any weight can be that keeps the limits, if they keep it at all. */
function farthest({ initial, lower, invested, turnover_max, gross_max }: Problem): number {
  let [held, floors] = [0, 0];
  for (let i = 0; i < initial.length; i += 1) {
    held = Math.max(held, Math.abs(initial[i]!));
    floors += Math.min(0, lower[i]!);
  }
  const byTurnover = typeof turnover_max === 'number' ? held + turnover_max : Infinity;
  const byGross = typeof gross_max === 'number' ? gross_max : Infinity;
  const byCash = Math.abs(invested.max) - floors;
  return 2 * (1 + held + Math.min(byTurnover, byGross, byCash));
}

/** The groups of each instrument, one list after the other, and where they begin. */
export function groupLists(problem: Problem, n: number): { groupStart: Int32Array; groupOf: Int32Array } {
  const groups = problem.groups ?? [];
  const groupStart = new Int32Array(n + 1);
  for (const { members } of groups) for (const i of members) groupStart[i + 1]! += 1;
  for (let i = 0; i < n; i += 1) groupStart[i + 1]! += groupStart[i]!;
  const next = groupStart.slice(0, n);
  const groupOf = new Int32Array(groupStart[n]!);
  groups.forEach(({ members }, g) => {
    for (const i of members) {
      groupOf[next[i]!] = g;
      next[i]! += 1;
    }
  });
  return { groupStart, groupOf };
}

/** One a multiplier. */
export function limitBounds(problem: Problem): { bounds: Float64Array; caps: Float64Array } {
  const groups = problem.groups ?? [];
  const bounds = new Float64Array(GROUPS + groups.length);
  const caps = new Float64Array(GROUPS + groups.length).fill(Infinity);
  bounds[INVESTED_MAX] = problem.invested.max;
  bounds[INVESTED_MIN] = -problem.invested.min;
  const optional = (j: number, limit: number | null | undefined, bound: (limit: number) => number) => {
    if (typeof limit === 'number') bounds[j] = bound(limit);
    else caps[j] = 0;
  };
  optional(TURNOVER, problem.turnover_max, (limit) => limit);
  optional(RISK, problem.volatility_max, (limit) => {
    const volatility = Math.max(limit, VOLATILITY_FLOOR);
    return (volatility * volatility) / 2;
  });
  optional(GROSS, problem.gross_max, (limit) => limit);
  groups.forEach(({ max }, g) => (bounds[GROUPS + g] = max));
  return { bounds, caps };
}
