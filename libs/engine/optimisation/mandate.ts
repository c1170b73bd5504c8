import { impactCoefficient } from '../impact/index.js';
import type { CoordinationInput, Parameters } from '../input.js';
import { counted } from '../risk/prior.js';
import { type TaxSchedule, taxSchedules, WashSales } from '../tax/index.js';
import type { Synthesis, Universe } from '../universe.js';
import { brokenLimits, type LimitState, mandateLimits, type MandateLimits } from './limits.js';
import { type ObjectiveWeights, objectiveWeights } from './objective-weights.js';
import { type RebalanceTarget, rebalanceTargets, rebalanceWarnings } from './rebalance-targets.js';
import { type TradeDirections, tradeDirections } from './trade-directions.js';

/**
 * Everything that the choice of a portfolio depends on, worked out once: the terms of the utility and the limits of
 * the model's section 4, by instrument, in the order of the universe. Arrays have length n.
 */
export interface Mandate {
  readonly universe: Universe;
  readonly synthesis: Synthesis;
  readonly parameters: Parameters;
  /** what the mandate was made of, for the independent verifier */
  readonly input: CoordinationInput;
  readonly weights: ObjectiveWeights;
  /** theta * alpha, over the horizon */
  readonly alpha: Float64Array;
  /** b: the rebalance target where one is requested, else w0 */
  readonly reference: Float64Array;
  /** rho_i h sigma_i^2 where a target is requested, else 0 */
  readonly tracking: Float64Array;
  readonly targets: readonly (RebalanceTarget | null)[];
  /** c_i: half spread and fee, fraction of the traded value */
  readonly costLinear: Float64Array;
  /** k_i: market impact is k_i |x|^(3/2) */
  readonly costImpact: Float64Array;
  /** how each instrument would be sold */
  readonly taxSchedules: readonly TaxSchedule[];
  /** what else is bought and sold near enough to matter */
  readonly washSales: WashSales;
  /** psi, by instrument */
  readonly taxWeight: Float64Array;
  readonly limits: MandateLimits;
  /** the limits that the portfolio breaks before trading */
  readonly broken: readonly LimitState[];
  readonly directions: TradeDirections;
  /** about rebalance requests that cannot be met as they stand */
  readonly warnings: readonly string[];
}

const BASIS_POINT = 1e-4;

export function mandateOf(input: CoordinationInput, universe: Universe, synthesis: Synthesis): Mandate {
  const { parameters } = input;
  const weights = objectiveWeights(parameters);
  const targets = rebalanceTargets(input, universe, weights.rebalance);
  const limits = mandateLimits(universe, input, targets);
  const broken = brokenLimits(universe, limits);
  const directions = tradeDirections(universe, synthesis, parameters, targets, limits, broken.length > 0);
  const { reference, tracking } = pull(universe, targets, parameters.horizonDays);
  const washSales = new WashSales(input);
  const mayBuy = (i: number): boolean => directions.buy[i] === 1 || directions.restore[i] === 1;
  return {
    universe,
    synthesis,
    parameters,
    input,
    weights,
    alpha: synthesis.alpha.map((value) => weights.signals * value),
    reference,
    tracking,
    targets,
    costLinear: universe.halfSpread.map((halfSpread) => halfSpread + parameters.feeBps * BASIS_POINT),
    costImpact: universe.sigma.map((sigma, i) =>
      impactCoefficient(sigma, universe.nav, universe.price[i]!, universe.adv[i]!),
    ),
    taxSchedules: taxSchedules(input, universe, washSales, mayBuy),
    washSales,
    taxWeight: Float64Array.from(targets, (target) => taxWeightOf(target, weights.tax)),
    limits,
    broken,
    directions,
    warnings: [
      ...rebalanceWarnings(input.rebalanceRequests, universe, targets, input.asOf),
      ...taxWarnings(universe, limits, input),
    ],
  };
}

/** psi of an instrument: a request may say how much tax weighs in what it asks for. */
function taxWeightOf(target: RebalanceTarget | null, psi: number): number {
  if (target?.taxSensitivity !== undefined) return target.taxSensitivity;
  return target?.taxSensitive === true ? Math.max(1, psi) : psi;
}

/** A budget cannot count what nobody knows. */
function taxWarnings(
  { ids, quantity, taxLots }: Universe,
  { gains }: MandateLimits,
  { parameters, tax }: CoordinationInput,
): string[] {
  const warnings: string[] = [];
  if (parameters.tax.lotMethod === 'SPECIFIC' && (tax?.lotsToSell ?? []).length === 0) {
    warnings.push('The lot method is SPECIFIC, but no lots are named: least tax goes first.');
  }
  const unknown = gains.length === 0 ? [] : ids.filter((_, i) => quantity[i]! > 0 && taxLots[i]!.length === 0);
  if (unknown.length > 0) {
    const what = `No tax lots are known of ${counted(unknown)}`;
    warnings.push(`${what}: the budget of gains does not count what is sold of them.`);
  }
  return warnings;
}

function pull(universe: Universe, targets: readonly (RebalanceTarget | null)[], horizonDays: number) {
  const reference = universe.w0.slice();
  const tracking = new Float64Array(universe.n);
  targets.forEach((target, i) => {
    if (target === null || target.withinTolerance) return;
    reference[i] = target.weight;
    tracking[i] = target.rho * horizonDays * universe.sigma[i]! * universe.sigma[i]!;
  });
  return { reference, tracking };
}
