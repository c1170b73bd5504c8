/**
 * What a trajectory minimises over the shares n_s of an order that trade in slot s, x_s = 1 - n_1 - ... - n_s what is
 * left after it: sum a_s n_s^p + sum r_s x_s^2 + sum d_s x_s, with 0 <= n_s <= cap_s and all of it traded.
 */
export interface TrajectoryProblem {
  /** p: 2 where the price moves in proportion to the rate of trading, 1.5 where with its square root */
  readonly exponent: 1.5 | 2;
  /** a_s > 0; Infinity where nothing can trade */
  readonly impact: Float64Array;
  /** r_s >= 0: lambda times the variance of slot s */
  readonly risk: Float64Array;
  /** d_s >= 0: what waiting through slot s loses of the expected return */
  readonly drift: Float64Array;
  /** cap_s, Infinity for none; where all of them together are less than 1 the trajectory is the caps */
  readonly caps: Float64Array;
}

/** error of the sum: less than one share of an order of a billion */
const PRECISION = 1e-10;
const ITERATIONS_MAX = 100;
/** marginal cost to start from, fraction of the price */
const FIRST_GUESS = 1e-6;

/**
 * The optimal n of a trajectory problem (Almgren and Chriss, Optimal execution of portfolio transactions, 2000, section
 * 2, for p = 2, where it is n_s ~ sinh; Almgren, Optimal execution with nonlinear impact functions, 2003, for others).
 * Stationarity gives p a_s n_s^(p-1) = q_s with q_s = q_(s+1) + 2 r_s x_s + d_s, so that from the last marginal cost q all
 * n follow backward with + - * / alone, and their sum grows with q: one root to find.
 */
export function optimalTrajectory(problem: TrajectoryProblem): Float64Array {
  const shares = new Float64Array(problem.impact.length);
  let available = 0;
  for (const cap of problem.caps) available += cap;
  if (available <= 1) return problem.caps.slice();
  // a drift makes up for a negative marginal cost of the last slot
  let low = 0;
  for (const drift of problem.drift) low -= drift;
  let high = FIRST_GUESS;
  for (let i = 0; i < ITERATIONS_MAX && backward(problem, high, shares) < 1; i += 1) {
    low = high;
    high *= 2;
  }
  for (let i = 0; i < ITERATIONS_MAX; i += 1) {
    const middle = (low + high) / 2;
    const excess = backward(problem, middle, shares) - 1;
    if (Math.abs(excess) <= PRECISION) break;
    if (excess > 0) high = middle;
    else low = middle;
  }
  return shares;
}

/** Writes the n that follow from the last marginal cost, and gives their sum; stops beyond 2. */
function backward(
  { exponent, impact, risk, drift, caps }: TrajectoryProblem,
  last: number,
  shares: Float64Array,
): number {
  let [left, marginal] = [0, last];
  for (let s = shares.length - 1; s >= 0; s -= 1) {
    marginal += 2 * risk[s]! * left + drift[s]!;
    const root = marginal > 0 ? marginal / (exponent * impact[s]!) : 0;
    const share = Math.min(caps[s]!, exponent === 2 ? root : root * root);
    shares[s] = share;
    left += share;
    if (left > 2) {
      shares.fill(0, 0, s);
      return left;
    }
  }
  return left;
}
