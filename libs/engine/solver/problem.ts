/**
 * The optimisation problem of the coordination model and its answer, in the shape of the problem document
 * (`coordination-problem/1`), with plain coefficients so that anyone's solver can take it:
 *
 *   maximise  alpha'(w-w0) - gamma/2 (w-b)'S(w-b) - sum tracking_i/2 (w_i-b_i)^2
 *             - sum cost_linear_i |w_i-w0_i| - sum cost_impact_i |w_i-w0_i|^1.5 - sum tax_i(w0_i-w_i)
 *   with      S = L F L' + diag(specific)
 *
 * Weights are fractions of NAV; returns, covariances and costs are over the coordination horizon.
 */
export interface Problem {
  readonly format: 'coordination-problem/1';
  /** Names, in the order of every array below. n = instruments.length. */
  readonly instruments: readonly string[];
  readonly alpha: readonly number[];
  readonly covariance: ProblemCovariance;
  /** gamma >= 0 */
  readonly risk_aversion: number;
  /** w0, the weights before trading */
  readonly initial: readonly number[];
  /** b, the weights that active risk is measured against; default w0 */
  readonly reference?: readonly number[];
  readonly tracking?: readonly number[];
  readonly cost_linear?: readonly number[];
  readonly cost_impact?: readonly number[];
  readonly tax?: readonly ProblemTax[];
  readonly lower: readonly number[];
  readonly upper: readonly number[];
  /** min <= sum w, and sum w + costs paid <= max */
  readonly invested: { readonly min: number; readonly max: number };
  readonly paid_costs?: { readonly linear: readonly number[]; readonly impact: readonly number[] };
  /** sums of w that may not exceed max; an instrument may be in several */
  readonly groups?: readonly ProblemGroup[];
  readonly turnover_max?: number | null;
  readonly volatility_max?: number | null;
  readonly gross_max?: number | null;
  /** indices of instruments that may not trade */
  readonly fixed?: readonly number[];
}

export interface ProblemCovariance {
  /** n x k */
  readonly loadings: readonly (readonly number[])[];
  /** k x k, default the identity */
  readonly factor?: readonly (readonly number[])[];
  /** n, variances */
  readonly specific: readonly number[];
}

export interface ProblemTax {
  /** name of the instrument */
  readonly instrument: string;
  /**
   * marginal tax per unit of weight sold, rates increasing; `up_to` is the cumulative weight sold where the piece ends
   * (the last rate goes on beyond it). A first rate below -2 cost_linear (a loss harvested) needs upper <= initial.
   */
  readonly pieces: readonly { readonly up_to: number; readonly rate: number }[];
}

export interface ProblemGroup {
  readonly name: string;
  readonly members: readonly number[];
  readonly max: number;
}

export type SolutionStatus = 'OPTIMAL' | 'INFEASIBLE' | 'RELAXED';

/** Shadow prices (>= 0 for inequalities): the utility gained per unit that the limit is loosened. */
export interface Multipliers {
  /** positive where the upper end binds, negative where the lower end does */
  readonly invested: number;
  /** one for each group, in the order of the problem */
  readonly groups: readonly number[];
  readonly turnover: number;
  /** of the constraint (w'Sw - volatility_max^2)/2 <= 0 */
  readonly volatility: number;
  readonly gross: number;
  /**
   * Price of the lower end of invested, where both ends bind at once (the upper end's is then invested + invested_min);
   * default max(0, -invested).
   */
  readonly invested_min?: number;
  /**
   * Factor exposures L'w (k) at which the bound takes the tangent of the factor variance; default those of the
   * solution's w. They keep the bound as good as it was when w is rounded to whole lots.
   */
  readonly factors?: readonly number[];
}

export interface Solution {
  readonly format: 'coordination-solution/1';
  readonly status: SolutionStatus;
  readonly w: readonly number[];
  readonly objective: number;
  /** a proven upper bound on the objective over every feasible w; where nothing is feasible, the objective itself */
  readonly bound: number;
  /** (bound - objective) over the largest of |objective|, |utility of w0|, 1 % of the strongest alpha and of the risk of w0, and 1e-16 */
  readonly gap_relative: number;
  /** the largest excess over a limit, in weight (volatility: standard deviation); RELAXED: over the limits as stated */
  readonly violation_max: number;
  readonly multipliers: Multipliers;
  /** names of the limits that cannot hold together: invested_min, invested_max, group:NAME, turnover, volatility, lower, upper, fixed, gross */
  readonly conflicts: readonly string[];
  readonly iterations: number;
  readonly solver: string;
}

/** A solver of the problem. Never throws for a valid problem: what cannot be solved is a status. */
export type Optimiser = (problem: Problem, options?: SolveOptions) => Solution;

export interface SolveOptions {
  /** an earlier answer to start from */
  readonly warm_start?: { readonly multipliers: Multipliers };
  /** answer RELAXED with the least violation instead of INFEASIBLE */
  readonly elastic?: boolean;
}
