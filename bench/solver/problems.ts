import { variance, type Problem } from '#engine';
import { RandomStream } from '#testing';

const FACTORS = 15;
const SECTORS = 11;

/** `tight`: cash, turnover, volatility and several sector caps bind at once; `qp`: without the 3/2 impact. */
export interface ProblemKind {
  readonly tight: boolean;
  readonly qp: boolean;
}

/**
 * A book of about 40 % of n stocks, 95 % invested, alphas of half a per cent over 5 days, 15 factors of realistic
 * size, 11 sectors, spread and square-root impact costs. The same arguments give the same problem.
 */
export function benchmarkProblem(n: number, { tight, qp }: ProblemKind): Problem {
  const random = new RandomStream(n);
  const list = <T>(length: number, entry: (i: number) => T) => Array.from({ length }, (_, i) => entry(i));
  const held = list(n, () => (random.chance(0.4) ? random.uniform() : 0));
  const total = held.reduce((sum, weight) => sum + weight, 0);
  const initial = held.map((weight) => (0.95 * weight) / total);
  const sectors = list(n, () => random.integer(SECTORS));
  const members = list(SECTORS, (s) => list(n, (i) => i).filter((i) => sectors[i] === s));
  const weights = members.map((sector) => sector.reduce((sum, i) => sum + initial[i]!, 0));
  const thirdHeaviest = weights.sort((one, other) => other - one)[2]!;
  const problem: Problem = {
    format: 'coordination-problem/1',
    instruments: list(n, (i) => `S${i}`),
    alpha: list(n, () => 0.005 * random.normal()),
    covariance: {
      loadings: list(n, () => list(FACTORS, (j) => (j === 0 ? 0.85 + 0.15 * random.normal() : 0.25 * random.normal()))),
      factor: list(FACTORS, (i) => list(FACTORS, (j) => (i !== j ? 0 : i === 0 ? 0.06 : 0.02 / (1 + 0.2 * i)))),
      specific: list(n, () => random.between(0.01, 0.05)),
    },
    risk_aversion: 5 / 12,
    initial,
    reference: list(n, () => 0),
    cost_linear: list(n, () => random.between(0.00015, 0.00035)),
    ...(qp ? {} : { cost_impact: list(n, () => random.between(0.005, 0.025)) }),
    lower: list(n, () => 0),
    upper: list(n, () => Math.max(0.05, 4 / n)),
    invested: { min: 0, max: 1 },
    groups: members.map((sector, s) => ({ name: `sector ${s}`, members: sector, max: 0.3 })),
    turnover_max: 0.3,
    volatility_max: 0.4,
  };
  if (!tight) return problem;
  return {
    ...problem,
    invested: { min: 0.88, max: 0.9 },
    groups: problem.groups!.map((group) => ({ ...group, max: 0.93 * thirdHeaviest })),
    turnover_max: 0.25,
    volatility_max: 0.87 * Math.sqrt(variance(problem, initial)),
  };
}
