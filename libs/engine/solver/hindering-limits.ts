import { factorDual, slopes } from './dual.js';
import type { LeastViolation } from './least-violation.js';
import { noProximal } from './measure.js';
import { GROSS, GROUPS, INVESTED_MAX, INVESTED_MIN, RISK, TURNOVER, type PreparedProblem } from './prepared-problem.js';
import type { Problem } from './problem.js';

/** Prices below this share of the largest one are rounding. */
const NOTICEABLE = 1e-6;

/**
 * The limits that keep a violation from being smaller: those with a price, and the bounds of single instruments that
 * their weights press against. Named as in `conflicts`.
 */
export function hinderingLimits(problem: Problem, { p, candidate }: LeastViolation): string[] {
  const { prices } = candidate;
  const threshold = NOTICEABLE * Math.max(...prices, ...p.buyCost.map(Math.abs), ...p.sellCost.map(Math.abs));
  const names = new Set<string>();
  const isHard = (j: number) => p.caps[j] === Infinity && prices[j]! > threshold;
  if (isHard(INVESTED_MIN)) names.add('invested_min');
  if (isHard(INVESTED_MAX)) names.add('invested_max');
  (problem.groups ?? []).forEach(({ name }, g) => {
    if (isHard(GROUPS + g)) names.add(`group:${name}`);
  });
  if (isHard(GROSS)) names.add('gross');
  if (isHard(TURNOVER)) names.add('turnover');
  if (isHard(RISK)) names.add('volatility');
  for (const name of pressedBounds(problem, p, candidate, threshold)) names.add(name);
  return [...names];
}

function pressedBounds(
  problem: Problem,
  p: PreparedProblem,
  { w, prices, implied }: LeastViolation['candidate'],
  threshold: number,
): Set<string> {
  const q = new Float64Array(p.n);
  slopes(p, { factors: factorDual(p, prices, noProximal(p), implied), prices }, q);
  const fixed = new Set(problem.fixed ?? []);
  const names = new Set<string>();
  for (let i = 0; i < p.n; i += 1) {
    const [isLow, isHigh] = [w[i] === p.lower[i], w[i] === p.upper[i]];
    if (!isLow && !isHigh) continue;
    const wish = wishes(p, i, w[i]!, q[i]!, prices);
    if (isLow && wish.sell > threshold) names.add(fixed.has(i) ? 'fixed' : 'lower');
    if (isHigh && wish.buy > threshold) names.add(fixed.has(i) ? 'fixed' : 'upper');
  }
  return names;
}

/** What one more unit bought or sold would take off the priced violation. */
function wishes(
  p: PreparedProblem,
  i: number,
  w: number,
  q: number,
  prices: Float64Array,
): { buy: number; sell: number } {
  const x = w - p.initial[i]!;
  const size = Math.abs(x);
  const marginal = p.paidLinear[i]! + 1.5 * p.paidImpact[i]! * Math.sqrt(size);
  const charge = prices[TURNOVER]! + prices[INVESTED_MAX]! * marginal;
  const gross = prices[GROSS]!;
  const slope = q + prices[RISK]! * p.specific[i]! * w;
  const spent = (kinks: readonly { distance: number; jump: number }[], isAt: (distance: number) => boolean) =>
    kinks.reduce((sum, { distance, jump }) => (isAt(distance) ? sum + jump : sum), 0);
  const sold = x <= 0;
  const buyCost = x >= 0 ? p.buyCost[i]! + charge : -p.sellCost[i]! - charge;
  const sellCost = sold ? p.sellCost[i]! + charge : -p.buyCost[i]! - charge;
  const beyondSold = sold ? spent(p.kinks[i]?.sell ?? [], (distance) => size >= distance) : 0;
  const beyondBought = x >= 0 ? spent(p.kinks[i]?.buy ?? [], (distance) => size >= distance) : 0;
  return {
    buy: -slope - (w >= 0 ? gross : -gross) - buyCost - beyondBought,
    sell: slope - (w <= 0 ? gross : -gross) - sellCost - beyondSold,
  };
}
