import { type PortfolioRisk, valueAtRisk95 } from '../impact/index.js';
import type { RiskView, Universe } from '../universe.js';
import type { HistoricalRisk, StressReturn } from './portfolio-assessment.js';

/** A shock as the return of every instrument, length n. */
export interface Scenario {
  /** `market_down_10`, `market_down_20`, `sector_down_20:NAME` */
  readonly name: string;
  readonly returns: Float64Array;
}

const MARKET_SHOCKS = [
  { name: 'market_down_10', shock: -0.1 },
  { name: 'market_down_20', shock: -0.2 },
] as const;
const SECTOR_SHOCK = -0.2;
/** names of sectors are free: where there are more, the ones with the most weight are shocked */
const SECTORS_MAX = 20;

const SECTOR_PREFIX = 'sector_down_20:';

/** The name of the scenario in which a sector falls. */
export const sectorScenario = (sector: string): string => `${SECTOR_PREFIX}${sector}`;

export const isSectorScenario = (name: string): boolean => name.startsWith(SECTOR_PREFIX);

/**
 * The market and each sector falling, in ascending order of the sectors' names; at most the 20 sectors that weigh most. The market is the equally weighted basket
 * of the universe, a sector that of its instruments; given that the basket returns q, every instrument is expected to
 * return beta_i q with its beta to the basket, beta_i = (Sigma u)_i / u' Sigma u: a sector's members fall 20 % on average, and the
 * rest of the market falls with them as far as the risk model says (Kupiec 1998, with one conditioning return).
 *
 * @param weights portfolios that the scenarios are for, each of length n
 */
export function shockScenarios(universe: Universe, weights: readonly ArrayLike<number>[]): Scenario[] {
  const { risk, ids } = universe;
  const everything = ids.map((_, i) => i);
  const market = basketBetas(risk, everything);
  const scenarios: Scenario[] = MARKET_SHOCKS.map(({ name, shock }) => ({ name, returns: scaled(market, shock) }));
  for (const { name, members } of sectorsByName(universe, weights)) {
    scenarios.push({ name: sectorScenario(name), returns: scaled(basketBetas(risk, members), SECTOR_SHOCK) });
  }
  return scenarios;
}

interface Sector {
  readonly name: string;
  readonly members: number[];
  weight: number;
}

function sectorsByName({ n, sector }: Universe, weights: readonly ArrayLike<number>[]): Sector[] {
  const sectors = new Map<string, Sector>();
  for (let i = 0; i < n; i++) {
    const name = sector[i]!;
    if (name === null) continue;
    const known = sectors.get(name) ?? { name, members: [], weight: 0 };
    sectors.set(name, known);
    known.members.push(i);
    for (const w of weights) known.weight += Math.abs(w[i]!);
  }
  const byName = (a: Sector, b: Sector): number => (a.name < b.name ? -1 : 1);
  const heaviest = [...sectors.values()].sort((a, b) => b.weight - a.weight || byName(a, b)).slice(0, SECTORS_MAX);
  return heaviest.sort(byName);
}

/** Each instrument's beta to the equally weighted basket of some; 0 where that has no risk. O(nk). */
function basketBetas({ n, k, loadings, specific }: RiskView, members: readonly number[]): Float64Array {
  const share = 1 / members.length;
  const exposures = new Float64Array(k);
  let variance = 0;
  for (const i of members) {
    variance += share * share * specific[i]!;
    for (let f = 0; f < k; f++) exposures[f]! += share * loadings[i * k + f]!;
  }
  for (const exposure of exposures) variance += exposure * exposure;
  const betas = new Float64Array(n);
  if (!(variance > 0)) return betas;
  for (const i of members) betas[i] = share * specific[i]!;
  for (let i = 0; i < n; i++) {
    let covariance = betas[i]!;
    for (let f = 0; f < k; f++) covariance += loadings[i * k + f]! * exposures[f]!;
    betas[i] = covariance / variance;
  }
  return betas;
}

const scaled = (values: Float64Array, factor: number): Float64Array => values.map((value) => factor * value);

/**
 * Every scenario's return of one portfolio: the shocks, then `volatility_doubled` (minus the 95 % VaR with every volatility
 * doubled), `correlation_one` (minus the VaR were every instrument to move against the portfolio together: z sum |w_i| sigma_i) and
 * `worst_week` (the worst five days in a row of the history, where there is one).
 *
 * @param w the weights that `portfolio` was built from
 */
export function stressReturns(
  scenarios: readonly Scenario[],
  portfolio: PortfolioRisk,
  w: ArrayLike<number>,
  historical: HistoricalRisk | undefined,
): StressReturn[] {
  const stress = scenarios.map(({ name, returns }) => {
    let total = 0;
    for (let i = 0; i < returns.length; i++) total += w[i]! * returns[i]!;
    return { name, return: total };
  });
  stress.push({ name: 'volatility_doubled', return: -2 * valueAtRisk95(portfolio.volatility) });
  stress.push({ name: 'correlation_one', return: -valueAtRisk95(portfolio.weightedVolatility) });
  if (historical !== undefined) stress.push({ name: 'worst_week', return: historical.worstWeek.return });
  return stress;
}
