import { evaluateUtility } from '../certificate/index.js';
import { type ContinuousAnswer, wholeLots } from '../lots/index.js';
import type { Optimiser, Problem, Solution } from '../solver/problem.js';
import type { GainPrices, SoldLot } from '../tax/index.js';
import { type PortfolioCheck, verifyPortfolio } from '../verify/index.js';
import { buildProblem, heldPortfolioBounds } from './build-problem.js';
import { correlationBreaches } from './correlation-limit.js';
import { type PricedProblem, solveWithinBudgets } from './gain-prices.js';
import type { Mandate } from './mandate.js';
import type { Relaxation } from './relax.js';
import { type WeightBounds, weightBounds } from './weight-bounds.js';

/** The portfolio chosen under a mandate, and how it was found. */
export interface Choice {
  /** signed shares, length n */
  readonly trades: Float64Array;
  /** after trading, fractions of NAV before, length n */
  readonly weights: Float64Array;
  /** the last problem solved and its continuous answer */
  readonly problem: Problem;
  readonly solution: Solution;
  readonly bounds: WeightBounds;
  readonly relaxations: readonly Relaxation[];
  /** utility per unit of gain, one for each budget of gains; they are part of the problem's tax */
  readonly prices: GainPrices;
  /** what the room in the budgets is worth at the prices: the solution's bound and this bound the utility together */
  readonly roomValue: number;
  /** budgets of gains that keep broken limits from being restored */
  readonly exceeded: readonly string[];
  /** 1 where the correlation limit barred a larger position */
  readonly barred: Uint8Array;
  readonly check: PortfolioCheck;
  /** why everything is held although something was asked for */
  readonly heldBecause: string | null;
  readonly warnings: readonly string[];
}

/** Rounds of solving and barring; the last one bars every larger position that remains. */
const ROUNDS_MAX = 12;

/**
 * The best portfolio of whole lots within the mandate: solve, round, bar the larger positions that the correlation
 * limit refuses, and again until it refuses none; then the independent verifier has the last word.
 */
export function choosePortfolio(mandate: Mandate, optimiser: Optimiser): Choice {
  const barred = new Uint8Array(mandate.universe.n);
  if (!mandate.directions.asked && mandate.broken.length === 0) return holdEverything(mandate, barred, null);
  for (let round = 1; ; round += 1) {
    const bounds = weightBounds(mandate, barred);
    const solved = solveWithinBudgets(mandate, bounds, optimiser);
    if (!isUsable(solved)) return holdEverything(mandate, barred, `${solved.solution.solver} found no portfolio`);
    const rounded = wholeLots(mandate, solved.bounds, continuousAnswer(solved));
    const breaches = correlationBreaches(mandate, weightsAfter(mandate, rounded.trades));
    if (breaches.length === 0) return verified(mandate, solved, barred, rounded.trades);
    if (round < ROUNDS_MAX) for (const i of breaches) barred[i] = 1;
    else barred.fill(1);
  }
}

function verified(mandate: Mandate, solved: PricedProblem, barred: Uint8Array, trades: Float64Array): Choice {
  const found = { ...solved, barred, heldBecause: null };
  const check = verify(mandate, trades);
  if (check.refusals.length === 0) {
    return { ...found, trades, weights: weightsAfter(mandate, trades), check, warnings: [] };
  }
  const plain = wholeLots(mandate, solved.bounds, continuousAnswer(solved), { improved: false }).trades;
  const plainCheck = verify(mandate, plain);
  const warning = `The verifier refused the improved whole-lot portfolio: ${check.refusals.join('; ')}.`;
  if (plainCheck.refusals.length === 0) {
    return { ...found, trades: plain, weights: weightsAfter(mandate, plain), check: plainCheck, warnings: [warning] };
  }
  return holdEverything(
    mandate,
    barred,
    `the verifier refused every whole-lot portfolio: ${check.refusals.join('; ')}`,
  );
}

/** No trades, with the certificate of a problem in which nothing may trade. */
function holdEverything(mandate: Mandate, barred: Uint8Array, heldBecause: string | null): Choice {
  const { universe } = mandate;
  const bounds: WeightBounds = { lower: universe.w0, upper: universe.w0 };
  const prices = mandate.limits.gains.map(() => 0);
  const problem = buildProblem(mandate, bounds, prices, heldPortfolioBounds(mandate));
  const trades = new Float64Array(universe.n);
  return {
    trades,
    weights: universe.w0.slice(),
    problem,
    solution: holding(problem),
    bounds,
    relaxations: [],
    prices,
    roomValue: 0,
    exceeded: [],
    barred,
    check: verify(mandate, trades),
    heldBecause,
    warnings: heldBecause === null ? [] : [`Everything is held: ${heldBecause}.`],
  };
}

function continuousAnswer({ problem, solution, prices, roomValue }: PricedProblem): ContinuousAnswer {
  const { w, multipliers, objective } = solution;
  const gain = objective + roomValue - evaluateUtility(problem, problem.initial).total;
  return { w, multipliers: { ...multipliers, gains: prices }, gain };
}

function isUsable({ solution }: PricedProblem): boolean {
  return solution.status !== 'INFEASIBLE' && solution.w.every((w) => Number.isFinite(w));
}

function weightsAfter({ universe }: Mandate, trades: Float64Array): Float64Array {
  const { quantity, price, nav } = universe;
  return trades.map((t, i) => ((quantity[i]! + t) * price[i]!) / nav);
}

function verify(mandate: Mandate, trades: Float64Array): PortfolioCheck {
  const { input, universe, synthesis } = mandate;
  return verifyPortfolio(input, universe, synthesis.accepted, trades, (i) => lotsSold(mandate, trades, i));
}

/** The tax lots that a sale of instrument i takes, in order. */
export function lotsSold({ taxSchedules }: Mandate, trades: Float64Array, i: number): readonly SoldLot[] {
  return trades[i]! < 0 ? taxSchedules[i]!.sold(-trades[i]!) : [];
}

/** The answer of a problem in which nothing may trade: w0 is its only point, and so its best. */
function holding(problem: Problem): Solution {
  const objective = evaluateUtility(problem, problem.initial).total;
  return {
    format: 'coordination-solution/1',
    status: 'OPTIMAL',
    w: problem.initial,
    objective,
    bound: objective,
    gap_relative: 0,
    violation_max: 0,
    multipliers: { invested: 0, groups: (problem.groups ?? []).map(() => 0), turnover: 0, volatility: 0, gross: 0 },
    conflicts: [],
    iterations: 0,
    solver: 'hold',
  };
}

/**
 * The utility of the whole-lot portfolio, with the tax of the lots that it sells. The problem has the same where tax is
 * convex in what is sold and no budget of gains has a price; elsewhere its tax is an envelope, and includes the prices.
 */
export function utilityOf(mandate: Mandate, { problem, trades, weights, prices }: Omit<Choice, 'check'>): number {
  const { total, tax } = evaluateUtility(problem, Array.from(weights));
  const { taxSchedules, taxWeight, universe } = mandate;
  if (taxSchedules.every(({ isOrdered }) => isOrdered) && prices.every((price) => price === 0)) return total;
  let paid = 0;
  trades.forEach((t, i) => {
    if (t < 0) paid += (taxWeight[i]! * taxSchedules[i]!.tax(-t) * universe.price[i]!) / universe.nav;
  });
  return total - tax - paid;
}
