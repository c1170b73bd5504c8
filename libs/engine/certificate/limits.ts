import type { Problem } from '../solver/problem.js';
import { variance } from './utility.js';

/** One limit of a problem at some weights. Limits on single instruments carry its name after a colon. */
export interface LimitCheck {
  /** invested_min, invested_max, group:NAME, turnover, volatility, gross, lower:NAME, upper:NAME, fixed:NAME */
  readonly limit: string;
  readonly value: number;
  readonly bound: number;
  /** how far the value is beyond its bound; 0 where the limit is kept */
  readonly excess: number;
}

/**
 * Every limit of the problem at the weights w, in units of weight (volatility: standard deviation over the horizon).
 * The limits of the portfolio come first, then one entry for each instrument whose own limits are broken.
 *
 * @param w n weights, fractions of NAV
 */
export function checkLimits(problem: Problem, w: readonly number[]): LimitCheck[] {
  const { initial, invested, paid_costs: paid } = problem;
  let [sum, costs, turnover, gross] = [0, 0, 0, 0];
  for (let i = 0; i < w.length; i += 1) {
    const size = Math.abs(w[i]! - initial[i]!);
    sum += w[i]!;
    gross += Math.abs(w[i]!);
    turnover += size;
    if (paid) costs += paid.linear[i]! * size + paid.impact[i]! * size * Math.sqrt(size);
  }
  const checks = [atLeast('invested_min', sum, invested.min), atMost('invested_max', sum + costs, invested.max)];
  for (const { name, members, max } of problem.groups ?? []) {
    let total = 0;
    for (const i of members) total += w[i]!;
    checks.push(atMost(`group:${name}`, total, max));
  }
  if (typeof problem.turnover_max === 'number') checks.push(atMost('turnover', turnover, problem.turnover_max));
  if (typeof problem.volatility_max === 'number') {
    checks.push(atMost('volatility', Math.sqrt(Math.max(0, variance(problem, w))), problem.volatility_max));
  }
  if (typeof problem.gross_max === 'number') checks.push(atMost('gross', gross, problem.gross_max));
  return checks.concat(brokenBounds(problem, w));
}

function brokenBounds(problem: Problem, w: readonly number[]): LimitCheck[] {
  const checks: LimitCheck[] = [];
  problem.instruments.forEach((name, i) => {
    if (w[i]! < problem.lower[i]!) checks.push(atLeast(`lower:${name}`, w[i]!, problem.lower[i]!));
    if (w[i]! > problem.upper[i]!) checks.push(atMost(`upper:${name}`, w[i]!, problem.upper[i]!));
  });
  for (const i of problem.fixed ?? []) {
    const [value, bound] = [w[i]!, problem.initial[i]!];
    const excess = Math.abs(value - bound);
    if (excess > 0) checks.push({ limit: `fixed:${problem.instruments[i]!}`, value, bound, excess });
  }
  return checks;
}

function atMost(limit: string, value: number, bound: number): LimitCheck {
  return { limit, value, bound, excess: value <= bound ? 0 : excessOf(value - bound) };
}

function atLeast(limit: string, value: number, bound: number): LimitCheck {
  return { limit, value, bound, excess: value >= bound ? 0 : excessOf(bound - value) };
}

/** What is not a number keeps no limit. */
function excessOf(difference: number): number {
  return Number.isNaN(difference) ? Infinity : difference;
}
