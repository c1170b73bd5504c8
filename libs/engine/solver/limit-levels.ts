import type { Problem } from './problem.js';
import { variance } from '../certificate/index.js';

/** The bounds of a problem's limits while they are being loosened. */
export interface LimitLevels {
  lower: number[];
  upper: number[];
  invested: { min: number; max: number };
  /** one a group */
  groups: number[];
  volatility: number | null;
  gross: number | null;
}

/** The document's own bounds. */
export function statedLevels(problem: Problem): LimitLevels {
  return {
    lower: [...problem.lower],
    upper: [...problem.upper],
    invested: { ...problem.invested },
    groups: (problem.groups ?? []).map(({ max }) => max),
    volatility: problem.volatility_max ?? null,
    gross: problem.gross_max ?? null,
  };
}

/** The values at w0, where nothing is traded and no cost is paid. */
export function initialLevels(problem: Problem): LimitLevels {
  const { initial } = problem;
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const invested = sum(initial);
  return {
    lower: [...initial],
    upper: [...initial],
    invested: { min: invested, max: invested },
    groups: (problem.groups ?? []).map(({ members }) => sum(members.map((i) => initial[i]!))),
    volatility: Math.sqrt(Math.max(0, variance(problem, initial))),
    gross: sum(initial.map((weight) => Math.abs(weight))),
  };
}

/** Each limit at the looser of two levels; limits that the first lacks stay absent. */
export function looser(one: LimitLevels, other: LimitLevels): LimitLevels {
  const most = (limit: number | null, value: number | null) =>
    limit === null ? null : Math.max(limit, value ?? limit);
  return {
    lower: one.lower.map((low, i) => Math.min(low, other.lower[i]!)),
    upper: one.upper.map((high, i) => Math.max(high, other.upper[i]!)),
    invested: {
      min: Math.min(one.invested.min, other.invested.min),
      max: Math.max(one.invested.max, other.invested.max),
    },
    groups: one.groups.map((max, g) => Math.max(max, other.groups[g]!)),
    volatility: most(one.volatility, other.volatility),
    gross: most(one.gross, other.gross),
  };
}

/** The problem with its limits at other levels. */
export function withLevels(problem: Problem, levels: LimitLevels): Problem {
  return {
    ...problem,
    lower: levels.lower,
    upper: levels.upper,
    invested: levels.invested,
    groups: (problem.groups ?? []).map((group, g) => ({ ...group, max: levels.groups[g]! })),
    volatility_max: levels.volatility,
    gross_max: levels.gross,
  };
}
