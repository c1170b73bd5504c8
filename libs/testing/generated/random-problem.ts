import type { Problem, ProblemGroup, ProblemTax } from '#engine';
import { RandomStream } from './random-stream.js';

export interface RandomProblemOptions {
  /** number of instruments; default any of 1 to 100 */
  readonly n?: number;
  /** how many times its bounds the book may start at, to break them; default 1 */
  readonly leverage?: number;
}

/**
 * A valid optimisation problem in which any feature may be present: short positions, references, tracking, linear and
 * impact costs, tax schedules, costs paid from cash, groups, turnover, volatility and gross limits, fixed instruments;
 * riskless instruments, no risk aversion, no signal, signals a million times too strong. Many cannot be satisfied.
 */
export function randomProblem(seed: number, options: RandomProblemOptions = {}): Problem {
  const random = new RandomStream(seed);
  const n = options.n ?? random.pick([1, 2, 3, 5, 10, 20, 50, 100]);
  const each = <T>(entry: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => entry(i));
  const initial = startingBook(random, n, random.pick([0, 0.5, 0.9, 1]) * (options.leverage ?? 1));
  const canShort = random.chance(0.2);
  const cap = random.pick([0.05, 0.1, 0.3, 1]);
  const upper = each(() => Math.max(cap, 1.5 / n));
  const lower = each(() => (canShort ? -cap : 0));
  const signal = random.pick([0, 1, 1, 1, 1, 1, 1, 1, 1, 1e6]) * 0.01;
  const invested = { min: random.pick([0, 0, 0, 0.5, 0.95]), max: random.pick([1, 1, 0.97]) };
  const taxes = random.chance(0.3) ? taxSchedules(random, { initial, upper, lower }) : undefined;
  return {
    format: 'coordination-problem/1',
    instruments: each((i) => `I${i}`),
    alpha: each(() => (random.chance(0.3) ? 0 : signal * random.normal())),
    covariance: covarianceOf(random, n),
    risk_aversion: random.pick([0, 0.01, 0.4, 0.4, 0.4, 5, 100]),
    initial,
    lower,
    upper,
    invested: canShort ? { ...invested, min: -1 } : invested,
    groups: groupsOf(random, n),
    ...(random.chance(0.5) ? { reference: each((i) => random.pick([0, 1 / n, initial[i]!])) } : {}),
    ...(random.chance(0.2) ? { tracking: each(() => random.between(0, 0.5)) } : {}),
    ...(random.chance(0.8) ? { cost_linear: each(() => random.between(0, 0.001)) } : {}),
    ...(random.chance(0.75) ? { cost_impact: each(() => (random.chance(0.1) ? 0 : random.between(0, 0.02))) } : {}),
    ...(taxes === undefined ? {} : { tax: taxes }),
    ...(random.chance(0.5)
      ? { paid_costs: { linear: each(() => random.between(0, 0.001)), impact: each(() => random.between(0, 0.02)) } }
      : {}),
    ...(random.chance(0.7) ? { turnover_max: random.pick([0, 0.02, 0.1, 0.3, 0.5, 1, 2]) } : {}),
    ...(random.chance(0.6) ? { volatility_max: random.pick([0.01, 0.03, 0.08, 0.15, 0.3]) } : {}),
    ...(canShort ? { gross_max: random.pick([1, 1.5, null]) } : {}),
    ...(random.chance(0.2) ? { fixed: each((i) => i).filter(() => random.chance(0.2)) } : {}),
  };
}

function startingBook(random: RandomStream, n: number, total: number): number[] {
  const held = Array.from({ length: n }, () => (random.chance(0.5) ? 0 : random.uniform()));
  const sum = held.reduce((part, weight) => part + weight, 0);
  return held.map((weight) => (sum > 0 ? (total * weight) / sum : 0));
}

function covarianceOf(random: RandomStream, n: number): Problem['covariance'] {
  const k = Math.min(n, random.pick([0, 1, 3, 8, 15]));
  const factors = Array.from({ length: k }, (_, j) => j);
  const entry = (i: number, j: number) => (i === j ? 0.04 / (1 + i) : 0.003 / (1 + i + j));
  return {
    loadings: Array.from({ length: n }, () => factors.map((j) => (j === 0 ? 0.8 : 0) + 0.3 * random.normal())),
    ...(random.chance(0.9) ? { factor: factors.map((i) => factors.map((j) => entry(i, j))) } : {}),
    specific: Array.from({ length: n }, () => (random.chance(0.05) ? 0 : random.between(0.001, 0.011))),
  };
}

function groupsOf(random: RandomStream, n: number): ProblemGroup[] {
  const count = random.pick([0, 1, 3, 11]);
  const sectors = Array.from({ length: n }, () => random.integer(Math.max(1, count)));
  return Array.from({ length: count }, (_, g) => ({
    name: `S${g}`,
    members: sectors.map((_sector, i) => i).filter((i) => sectors[i] === g),
    max: random.pick([0.1, 0.3, 0.5, 1]),
  }));
}

/** Some schedules begin with a loss; buying such an instrument is barred in its bounds, which are changed in place. */
function taxSchedules(
  random: RandomStream,
  { initial, upper, lower }: { initial: readonly number[]; upper: number[]; lower: number[] },
): ProblemTax[] {
  const taxes: ProblemTax[] = [];
  initial.forEach((w0, i) => {
    if (!random.chance(0.3)) return;
    let [sold, rate] = [0, random.pick([0, 0.01, 0, 0, -0.01])];
    if (rate < 0) {
      upper[i] = Math.min(upper[i]!, w0);
      lower[i] = Math.min(lower[i]!, upper[i]);
    }
    const pieces = Array.from({ length: 1 + random.integer(3) }, () => {
      sold += random.between(0.001, 0.05);
      rate += random.between(0, 0.02);
      return { up_to: sold, rate };
    });
    taxes.push({ instrument: `I${i}`, pieces });
  });
  return taxes;
}
