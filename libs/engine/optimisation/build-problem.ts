import type { Problem, ProblemGroup, ProblemTax } from '../solver/problem.js';
import { listOf } from '../numerics/index.js';
import { type GainPrices, type SalePiece, salePieces } from '../tax/index.js';
import type { LimitState } from './limits.js';
import type { Mandate } from './mandate.js';
import type { WeightBounds } from './weight-bounds.js';

/** Bounds on the limits of the whole portfolio. */
export interface PortfolioBounds {
  readonly invested: number;
  /** of one day */
  readonly volatility: number;
  readonly gross: number | null;
  /** in the order of the mandate's sectors */
  readonly sectors: readonly number[];
}

/**
 * The mandate as an optimisation problem over the horizon, in the order of the universe. Budgets of realised gains
 * enter at their prices, as part of the tax.
 *
 * @param prices of gains, default none
 * @param portfolio default the mandate's own
 */
export function buildProblem(
  mandate: Mandate,
  bounds: WeightBounds,
  prices: GainPrices = mandate.limits.gains.map(() => 0),
  portfolio: PortfolioBounds = strictPortfolioBounds(mandate),
): Problem {
  const { universe, parameters, limits, weights } = mandate;
  const h = parameters.horizonDays;
  const sqrtH = Math.sqrt(h);
  const tax = taxes(mandate, bounds, prices);
  const fixed: number[] = [];
  limits.restricted.forEach((flag, i) => {
    if (flag === 1) fixed.push(i);
  });
  return {
    format: 'coordination-problem/1',
    instruments: universe.ids,
    alpha: listOf(mandate.alpha),
    covariance: { loadings: loadingRows(mandate, sqrtH), specific: times(universe.risk.specific, h) },
    risk_aversion: parameters.riskAversion,
    initial: listOf(universe.w0),
    reference: listOf(mandate.reference),
    tracking: listOf(mandate.tracking),
    cost_linear: times(mandate.costLinear, weights.cost),
    cost_impact: times(mandate.costImpact, weights.cost),
    ...(tax.length > 0 ? { tax } : {}),
    lower: listOf(bounds.lower),
    upper: listOf(bounds.upper),
    invested: { min: investedFloor(mandate), max: portfolio.invested },
    paid_costs: { linear: listOf(mandate.costLinear), impact: listOf(mandate.costImpact) },
    groups: limits.sectors.map(({ sector, members }, s): ProblemGroup => ({
      name: sector,
      members,
      max: portfolio.sectors[s]!,
    })),
    turnover_max: limits.turnoverMax,
    volatility_max: portfolio.volatility * sqrtH,
    gross_max: portfolio.gross,
    fixed,
  };
}

function times(values: Float64Array, factor: number): number[] {
  const products = listOf(values);
  for (let i = 0; i < products.length; i += 1) products[i] = factor * products[i]!;
  return products;
}

/** The mandate's own bounds on the whole portfolio. */
function strictPortfolioBounds({ limits }: Mandate): PortfolioBounds {
  return {
    invested: limits.investedMax,
    volatility: limits.volatilityMax,
    gross: limits.grossMax,
    sectors: limits.sectors.map(({ max }) => max),
  };
}

/** The model limits what is invested from above only: a floor that never binds. */
function investedFloor({ universe, parameters }: Mandate): number {
  let [gross, short] = [0, parameters.allowShort];
  for (const w of universe.w0) {
    gross += Math.abs(w);
    short ||= w < 0;
  }
  return short ? -Math.max(gross, parameters.maxGross) : 0;
}

/** The mandate's bounds, loosened to where w0 breaks them: the problem of holding everything. */
export function heldPortfolioBounds(mandate: Mandate): PortfolioBounds {
  const strict = strictPortfolioBounds(mandate);
  const held = (kind: LimitState['kind'], index = -1): number =>
    mandate.broken.find((limit) => limit.kind === kind && limit.index === index)?.value ?? -Infinity;
  return {
    invested: Math.max(strict.invested, held('cash')),
    volatility: Math.max(strict.volatility, held('risk')),
    gross: strict.gross === null ? null : Math.max(strict.gross, held('gross')),
    sectors: strict.sectors.map((max, s) => Math.max(max, held('sector', s))),
  };
}

function loadingRows(mandate: Mandate, scale: number): number[][] {
  const { n, k, loadings } = mandate.universe.risk;
  const rows = new Array<number[]>(n);
  for (let i = 0; i < n; i += 1) {
    const row = new Array<number>(k);
    for (let j = 0; j < k; j += 1) row[j] = scale * loadings[i * k + j]!;
    rows[i] = row;
  }
  return rows;
}

/** What a sale of instrument i costs in tax and priced gains, by pieces; see salePieces. */
export function sellingPieces(
  { universe, taxSchedules, taxWeight, limits }: Mandate,
  bounds: WeightBounds,
  prices: GainPrices,
  i: number,
): SalePiece[] {
  const most = ((universe.w0[i]! - bounds.lower[i]!) * universe.nav) / universe.price[i]!;
  return salePieces(taxSchedules[i]!, taxWeight[i]!, limits.gains, prices, most);
}

/** Pieces of increasing rate on the weight sold; instruments whose sales cost nothing have none. */
function taxes(mandate: Mandate, bounds: WeightBounds, prices: GainPrices): ProblemTax[] {
  const { universe, taxSchedules } = mandate;
  const taxes: ProblemTax[] = [];
  taxSchedules.forEach(({ lots }, i) => {
    if (lots.length === 0) return;
    const pieces: { up_to: number; rate: number }[] = [];
    let sold = 0;
    for (const { quantity, rate } of sellingPieces(mandate, bounds, prices, i)) {
      sold += (quantity * universe.price[i]!) / universe.nav;
      pieces.push({ up_to: sold, rate });
    }
    if (pieces.some(({ rate }) => rate !== 0)) taxes.push({ instrument: universe.ids[i]!, pieces });
  });
  return taxes;
}
