import { Z_95 } from '../impact/index.js';
import type { Choice } from '../optimisation/choose-portfolio.js';
import { LIMIT_TOLERANCE, positionLimitName } from '../optimisation/limits.js';
import type { Mandate } from '../optimisation/mandate.js';
import type { LimitReport } from '../result.js';
import { type Marginals, PRICE_MIN } from './break-even.js';

/**
 * Every limit of the whole portfolio, the position limits that were broken before trading or bind after it, and the
 * bands of rebalance targets that are due.
 * Values are those of the whole-lot portfolio: `risk` is the one-day 95 % VaR, the others are fractions of NAV. The
 * shadow price is the utility gained per unit of the bound.
 */
export function limitReports(mandate: Mandate, choice: Choice, marginals: Marginals): LimitReport[] {
  const whole = choice.check.limits.map(({ name, before, value, bound }): LimitReport => {
    const relaxedBy = Math.max(0, value - bound);
    return {
      name,
      value,
      bound,
      slack: bound - value,
      shadowPrice: shadowPrice(mandate, choice, name, bound),
      brokenBefore: before > bound + LIMIT_TOLERANCE,
      ...relaxation(relaxedBy, () => preventing(choice, name)),
    };
  });
  return [...whole, ...positionReports(mandate, choice, marginals)];
}

function positionReports(mandate: Mandate, choice: Choice, marginals: Marginals): LimitReport[] {
  const { universe, limits } = mandate;
  const reports: LimitReport[] = [];
  for (let i = 0; i < universe.n; i += 1) {
    const [before, value] = [universe.w0[i]!, choice.weights[i]!];
    const [low, high] = [limits.positionLower[i]!, limits.positionUpper[i]!];
    const brokenBefore = before > high + LIMIT_TOLERANCE || before < low - LIMIT_TOLERANCE;
    const price = Math.abs(choice.solution.w[i]! - high) < LIMIT_TOLERANCE ? marginals.boundPrice(i) : 0;
    if (!brokenBefore && price <= PRICE_MIN && limits.due[i] === 0) continue;
    const below = value < low || (before < low && value <= high);
    const bound = below ? low : high;
    const slack = below ? value - low : high - value;
    const name = positionLimitName(universe, limits, i);
    const relaxed = relaxation(Math.max(0, -slack), () => preventingPosition(mandate, choice, i, name));
    reports.push({ name, value, bound, slack, shadowPrice: price, brokenBefore, ...relaxed });
  }
  return reports;
}

function relaxation(by: number, preventedBy: () => string[]): Pick<LimitReport, 'relaxedBy' | 'preventedBy'> {
  return by > LIMIT_TOLERANCE ? { relaxedBy: by, preventedBy: preventedBy() } : { relaxedBy: 0 };
}

/** What stands in the way of a limit's cure; where the continuous problem found nothing it is the size of the lots. */
function preventing(choice: Choice, name: string): string[] {
  if (choice.heldBecause !== null) return ['hold_all'];
  if (name.startsWith('gains:')) return ['realised_gains_to_date'];
  const named = choice.relaxations.find((relaxation) => relaxation.name === name)?.preventedBy ?? [];
  const all = [...named, ...choice.exceeded];
  return all.length > 0 ? all : ['lot_size'];
}

function preventingPosition(mandate: Mandate, choice: Choice, i: number, name: string): string[] {
  const { limits, universe } = mandate;
  if (limits.restricted[i] === 1) return ['restricted'];
  const [w0, reach] = [universe.w0[i]!, limits.liquidity[i]!];
  const sellable = (mandate.taxSchedules[i]!.most * universe.price[i]!) / universe.nav;
  if (w0 - sellable > limits.positionUpper[i]!) return ['lots_to_sell'];
  const blocked = w0 - reach > limits.positionUpper[i]! || w0 + reach < limits.positionLower[i]!;
  if (!blocked && choice.barred[i] === 1) return ['correlation'];
  return blocked ? ['liquidity'] : preventing(choice, name);
}

function shadowPrice(mandate: Mandate, choice: Choice, name: string, bound: number): number {
  const price = exactPrice(mandate, choice, name, bound);
  return price > PRICE_MIN ? price : 0;
}

function exactPrice(mandate: Mandate, { solution, prices }: Choice, name: string, bound: number): number {
  const { invested, groups, turnover, volatility, gross } = solution.multipliers;
  switch (name) {
    case 'cash':
      return invested;
    case 'turnover':
      return turnover;
    case 'gross':
      return gross;
    case 'risk':
      // the multiplier is of (w'Sw - v^2) / 2 over the horizon, v = bound * sqrt(h) / z
      return (volatility * bound * mandate.parameters.horizonDays) / (Z_95 * Z_95);
    default: {
      const g = mandate.limits.gains.findIndex((limit) => limit.name === name);
      if (g >= 0) return prices[g]!;
      const s = mandate.limits.sectors.findIndex(({ sector }) => name === `sector:${sector}`);
      return groups[s] ?? 0;
    }
  }
}
