import {
  conditionalValueAtRisk95,
  daysToLiquidate,
  diversificationRatio,
  type PortfolioRisk,
  riskOf,
  valueAtRisk95,
} from '../impact/index.js';
import type { ReturnHistory } from '../input.js';
import type { Universe } from '../universe.js';
import { historicalRisk } from './historical-simulation.js';
import type { ImpactAssessment, PortfolioAssessment } from './portfolio-assessment.js';
import { type Scenario, shockScenarios, stressReturns } from './stress.js';

/** Weights with their risk. */
export interface WeighedRisk {
  /** fractions of NAV before the trades, length n */
  readonly weights: ArrayLike<number>;
  /** `riskOf` these weights */
  readonly risk: PortfolioRisk;
}

/** What both portfolios are assessed with. */
export interface AssessmentBasis {
  readonly universe: Universe;
  /** b, length n */
  readonly reference: ArrayLike<number>;
  /** share of the average volume, in (0, 1] */
  readonly participation: number;
  readonly history: ReturnHistory | undefined;
}

/** Both portfolios under the same scenarios, reference and history. O(nk) for each, and O(n) for each day and scenario. */
export function assessImpact(basis: AssessmentBasis, before: WeighedRisk, after: WeighedRisk): ImpactAssessment {
  const scenarios = shockScenarios(basis.universe, [before.weights, after.weights]);
  return { before: assessWeights(basis, scenarios, before), after: assessWeights(basis, scenarios, after) };
}

function assessWeights(
  basis: AssessmentBasis,
  scenarios: readonly Scenario[],
  { weights: w, risk: portfolio }: WeighedRisk,
): PortfolioAssessment {
  const { universe, reference, history } = basis;
  const { n, ids, risk } = universe;
  const historical = history === undefined ? undefined : historicalRisk(history, ids, w);
  const active = new Float64Array(n);
  let [invested, gross] = [0, 0];
  for (let i = 0; i < n; i++) {
    active[i] = w[i]! - reference[i]!;
    invested += w[i]!;
    gross += Math.abs(w[i]!);
  }
  return {
    invested,
    gross,
    volatility: portfolio.volatility,
    var95: valueAtRisk95(portfolio.volatility),
    cvar95: conditionalValueAtRisk95(portfolio.volatility),
    diversificationRatio: diversificationRatio(portfolio),
    trackingError: riskOf(risk, active).volatility,
    ...liquidity(basis, w, gross),
    ...(historical === undefined ? {} : { historical }),
    stress: stressReturns(scenarios, portfolio, w, historical),
  };
}

function liquidity({ universe, participation }: AssessmentBasis, w: ArrayLike<number>, gross: number) {
  let [slowest, first] = [0, 0];
  for (let i = 0; i < universe.n; i++) {
    const size = Math.abs(w[i]!);
    if (size === 0) continue;
    const shares = (size * universe.nav) / universe.price[i]!;
    const days = daysToLiquidate(shares, universe.adv[i]!, participation);
    slowest = Math.max(slowest, days);
    first += days > 1 ? size / days : size;
  }
  return { daysToLiquidate: slowest, soldInOneDay: gross > 0 ? first / gross : 1 };
}
