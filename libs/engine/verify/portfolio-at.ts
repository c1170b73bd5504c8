import type { Parameters } from '../input.js';
import type { Universe } from '../universe.js';

/** A portfolio after some trades, measured in the plainest way. */
export interface PortfolioAt {
  readonly weights: readonly number[];
  /** w' Sigma w of one day */
  readonly variance: number;
  /** weights and the costs paid for the trades */
  readonly invested: number;
  readonly turnover: number;
  readonly gross: number;
  /** weight by sector */
  readonly sectors: ReadonlyMap<string, number>;
  /** of instrument i's returns with those of the other holdings */
  correlationWithRest(i: number): number;
}

/** @param trades signed shares, in the order of the universe */
export function portfolioAt(universe: Universe, { feeBps }: Parameters, trades: Float64Array): PortfolioAt {
  const weights: number[] = [];
  const sectors = new Map<string, number>();
  let [invested, turnover, gross] = [0, 0, 0];
  for (let i = 0; i < universe.n; i += 1) {
    const price = universe.price[i]!;
    const weight = ((universe.quantity[i]! + trades[i]!) * price) / universe.nav;
    const traded = (Math.abs(trades[i]!) * price) / universe.nav;
    const rate = universe.halfSpread[i]! + feeBps / 10_000;
    const participation = traded > 0 ? Math.abs(trades[i]!) / universe.adv[i]! : 0;
    weights.push(weight);
    invested += weight + traded * (rate + universe.sigma[i]! * Math.sqrt(participation));
    turnover += traded;
    gross += Math.abs(weight);
    const sector = universe.sector[i]!;
    if (sector !== null) sectors.set(sector, (sectors.get(sector) ?? 0) + weight);
  }
  const { k, loadings, specific } = universe.risk;
  const exposures = new Array<number>(k).fill(0);
  let specificVariance = 0;
  for (let i = 0; i < universe.n; i += 1) {
    specificVariance += specific[i]! * weights[i]! * weights[i]!;
    for (let f = 0; f < k; f += 1) exposures[f]! += loadings[i * k + f]! * weights[i]!;
  }
  const variance = exposures.reduce((sum, exposure) => sum + exposure * exposure, specificVariance);
  return {
    weights,
    variance,
    invested,
    turnover,
    gross,
    sectors,
    correlationWithRest: (i) => {
      const weight = weights[i]!;
      let [covariance, own] = [0, specific[i]!];
      let rest = specificVariance - specific[i]! * weight * weight;
      for (let f = 0; f < k; f += 1) {
        const loading = loadings[i * k + f]!;
        const others = exposures[f]! - loading * weight;
        covariance += loading * others;
        own += loading * loading;
        rest += others * others;
      }
      return own > 0 && rest > 0 ? covariance / Math.sqrt(own * rest) : 0;
    },
  };
}
