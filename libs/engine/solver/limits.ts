import type { Multipliers, Problem } from './problem.js';

/** Weights are of size one: a bound this far out is none. */
const FAR = 100;
/** A bound that a fixed instrument breaks by less is a matter of rounding. In weight. */
const FIXED_TOLERANCE = 1e-9;

/** The names of the limits a problem has, as `conflicts` uses them; lower, upper and fixed stand for all instruments'. */
function limitNames(problem: Problem): string[] {
  const names = ['lower', 'upper', 'invested_min', 'invested_max'];
  for (const { name } of problem.groups ?? []) names.push(`group:${name}`);
  if (typeof problem.gross_max === 'number') names.push('gross');
  if (typeof problem.turnover_max === 'number') names.push('turnover');
  if (typeof problem.volatility_max === 'number') names.push('volatility');
  if ((problem.fixed ?? []).length > 0) names.push('fixed');
  return names;
}

/** Limits that exclude the only weight a fixed instrument may have. */
export function fixedConflict({ fixed = [], initial, lower, upper }: Problem): string[] {
  if (fixed.some((i) => initial[i]! > upper[i]! + FIXED_TOLERANCE)) return ['upper', 'fixed'];
  if (fixed.some((i) => initial[i]! < lower[i]! - FIXED_TOLERANCE)) return ['lower', 'fixed'];
  return [];
}

/** The question whether the named limits alone can hold together: the problem without the others and without an objective. */
function onlyLimits(problem: Problem, names: ReadonlySet<string>): Problem {
  const { format, instruments, initial, invested, covariance } = problem;
  const zeros = initial.map(() => 0);
  const keepsMax = names.has('invested_max');
  return {
    format,
    instruments,
    initial,
    covariance,
    alpha: zeros,
    risk_aversion: 0,
    lower: names.has('lower') ? problem.lower : problem.lower.map((low, i) => Math.min(low, initial[i]!) - FAR),
    upper: names.has('upper') ? problem.upper : problem.upper.map((high, i) => Math.max(high, initial[i]!) + FAR),
    invested: {
      min: names.has('invested_min') ? invested.min : -FAR * (FAR + initial.length),
      max: keepsMax ? invested.max : FAR * (FAR + initial.length),
    },
    ...(keepsMax && problem.paid_costs ? { paid_costs: problem.paid_costs } : {}),
    groups: (problem.groups ?? []).filter(({ name }) => names.has(`group:${name}`)),
    turnover_max: names.has('turnover') ? (problem.turnover_max ?? null) : null,
    volatility_max: names.has('volatility') ? (problem.volatility_max ?? null) : null,
    gross_max: names.has('gross') ? (problem.gross_max ?? null) : null,
    fixed: names.has('fixed') ? (problem.fixed ?? []) : [],
  };
}

/**
 * A smallest set of limits that cannot hold together, none of which can be left out (deletion filter: Chinneck and
 * Dravnieks, Locating minimal infeasible constraint sets in linear programs, 1991).
 *
 * @param suspects names that an infeasibility proof of the problem involves
 * @param isInfeasible decides a problem without an objective
 */
export function minimalConflict(
  problem: Problem,
  suspects: readonly string[],
  isInfeasible: (problem: Problem) => boolean,
): string[] {
  const all = limitNames(problem);
  const involved = all.filter((name) => suspects.includes(name));
  let conflict = isInfeasible(onlyLimits(problem, new Set(involved))) ? involved : all;
  for (const name of [...conflict]) {
    const rest = conflict.filter((other) => other !== name);
    if (isInfeasible(onlyLimits(problem, new Set(rest)))) conflict = rest;
  }
  return conflict;
}

/** The limits whose multipliers are not zero, and those of single instruments, which have none of their own. */
export function suspectsOf(problem: Problem, multipliers: Multipliers): string[] {
  const { invested, groups, turnover, volatility, gross } = multipliers;
  const min = multipliers.invested_min ?? Math.max(0, -invested);
  const prices: [string, number][] = [
    ['invested_min', min],
    ['invested_max', invested + min],
    ['turnover', turnover],
    ['volatility', volatility],
    ['gross', gross],
  ];
  (problem.groups ?? []).forEach(({ name }, g) => prices.push([`group:${name}`, groups[g] ?? 0]));
  const largest = prices.reduce((most, [, price]) => Math.max(most, price), 0);
  const named = prices.filter(([, price]) => price > 1e-7 * largest).map(([name]) => name);
  return ['lower', 'upper', 'fixed', ...named];
}
