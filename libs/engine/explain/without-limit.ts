import { buildProblem, sellingPieces } from '../optimisation/build-problem.js';
import type { Choice } from '../optimisation/choose-portfolio.js';
import { alongPieces, gainOfPiece, type GainPrices } from '../tax/index.js';
import type { Mandate } from '../optimisation/mandate.js';
import { Z_95 } from '../impact/index.js';
import { variance } from '../certificate/utility.js';
import type { LimitReport, RejectedSignal } from '../result.js';
import type { Optimiser, Problem } from '../solver/problem.js';

/** The answer to the same problem without one of its limits: a multiplier is a sensitivity, not the effect of removal. */
export interface WithoutLimit {
  /** utility gained, fraction of NAV */
  readonly gain: number;
  /** where the limit's value would end, in the units of its report */
  readonly value: number;
  /** what the instrument would then trade, with the parameter that allows it; undefined where it would not */
  wouldTrade(i: number, direction: 1 | -1): RejectedSignal['counterfactual'];
}

/**
 * Solves again without each of the dearest limits of the whole portfolio.
 *
 * @param most how many limits at most; the dearest first. `shorting` comes on top where a signal sells what is not held
 */
export function withoutLimits(
  mandate: Mandate,
  choice: Choice,
  reports: readonly LimitReport[],
  optimiser: Optimiser,
  most: number,
): Map<string, WithoutLimit> {
  const priced = reports
    .filter(
      ({ name, shadowPrice }) => shadowPrice > 0 && !name.startsWith('position:') && !name.startsWith('rebalance:'),
    )
    .sort((a, b) => b.shadowPrice * b.bound - a.shadowPrice * a.bound || (a.name < b.name ? -1 : 1));
  const effects = new Map<string, WithoutLimit>();
  const names = priced.slice(0, most).map(({ name }) => name);
  if (most > 0 && sellsNothing(mandate)) names.push('shorting');
  for (const name of names) {
    const prices = pricesWithout(mandate, choice, name);
    const problem = without(mandate, choice, name, prices);
    const solution = optimiser(problem, { warm_start: { multipliers: choice.solution.multipliers } });
    if (solution.status === 'INFEASIBLE') continue;
    const { parameter, value, setting } = name.startsWith('gains:')
      ? reachedGains(mandate, choice, name, prices, solution.w)
      : reached(mandate, problem, name, solution.w);
    const roomValue = mandate.limits.gains.reduce((sum, { room }, g) => sum + prices[g]! * room, 0);
    effects.set(name, {
      gain: Math.max(0, solution.objective + roomValue - choice.solution.objective - choice.roomValue),
      value,
      wouldTrade: (i, direction) => {
        const { price, nav, lotSize, w0 } = mandate.universe;
        const shares = (direction * (solution.w[i]! - w0[i]!) * nav) / price[i]!;
        const quantity = lotSize[i]! * Math.floor(shares / lotSize[i]!);
        if (quantity <= 0 || setting < 0) return undefined;
        return { parameter, value: setting, would: { action: direction > 0 ? 'BUY' : 'SELL', quantity } };
      },
    });
  }
  return effects;
}

/** Whether a signal asks to sell what is not held, while shorting is off. */
function sellsNothing({ synthesis, universe, parameters }: Mandate): boolean {
  if (parameters.allowShort) return false;
  return synthesis.accepted.some(({ instrument, direction }) => direction < 0 && universe.quantity[instrument]! <= 0);
}

/** Shorts where signals ask to sell, within position, liquidity and gross limits. */
function withShorting({ universe, limits, directions, parameters }: Mandate, problem: Problem): Problem {
  const lower = problem.lower.map((low, i) =>
    directions.sell[i] === 1 ? Math.max(-parameters.maxPositionSize, universe.w0[i]! - limits.liquidity[i]!) : low,
  );
  const invested = { ...problem.invested, min: -parameters.maxGross };
  return { ...problem, lower, invested, gross_max: parameters.maxGross };
}

/** The prices of gains with the budget of that name taken away; the others keep theirs. */
function pricesWithout({ limits }: Mandate, { prices }: Choice, name: string): GainPrices {
  return limits.gains.map((limit, g) => (limit.name === name ? 0 : prices[g]!));
}

function without(mandate: Mandate, { problem, bounds }: Choice, name: string, prices: GainPrices): Problem {
  if (name.startsWith('gains:')) {
    const { tax: _, ...untaxed } = problem;
    const { tax } = buildProblem(mandate, bounds, prices);
    return tax === undefined ? untaxed : { ...untaxed, tax };
  }
  if (name === 'shorting') return withShorting(mandate, problem);
  if (name === 'turnover') return { ...problem, turnover_max: null };
  if (name === 'risk') return { ...problem, volatility_max: null };
  if (name === 'gross') return { ...problem, gross_max: null };
  if (name === 'cash') return { ...problem, invested: { ...problem.invested, max: problem.instruments.length } };
  const groups = (problem.groups ?? []).map((group) =>
    name === `sector:${group.name}` ? { ...group, max: problem.instruments.length } : group,
  );
  return { ...problem, groups };
}

/** The value of the removed limit, and the parameter that would have allowed it. */
function reached(mandate: Mandate, problem: Problem, name: string, w: readonly number[]) {
  const { parameters, limits } = mandate;
  const total = (of: (i: number) => number): number => w.reduce((sum, _, i) => sum + of(i), 0);
  if (name === 'shorting') return { parameter: 'allow_short', value: 1, setting: 1 };
  if (name === 'turnover') {
    const value = total((i) => Math.abs(w[i]! - problem.initial[i]!));
    return { parameter: 'max_turnover', value, setting: value };
  }
  if (name === 'risk') {
    const value = Z_95 * Math.sqrt(variance(problem, w) / parameters.horizonDays);
    return { parameter: 'risk_budget_limit', value, setting: value / parameters.riskBudgetShare };
  }
  if (name === 'gross') {
    const value = total((i) => Math.abs(w[i]!));
    return { parameter: 'max_gross', value, setting: value };
  }
  if (name === 'cash') {
    const value = total((i) => {
      const size = Math.abs(w[i]! - problem.initial[i]!);
      return w[i]! + size * (mandate.costLinear[i]! + mandate.costImpact[i]! * Math.sqrt(size));
    });
    return { parameter: 'cash_buffer', value, setting: 1 - value };
  }
  const members = limits.sectors.find(({ sector }) => name === `sector:${sector}`)!.members;
  const value = members.reduce((sum, i) => sum + w[i]!, 0);
  return { parameter: 'max_sector_weight', value, setting: value };
}

/** The gains that would be realised, those before included. */
function reachedGains(
  mandate: Mandate,
  { bounds }: Choice,
  name: string,
  prices: GainPrices,
  w: readonly number[],
): { readonly parameter: string; readonly value: number; readonly setting: number } {
  const { universe, limits, taxSchedules } = mandate;
  const { price, nav, w0 } = universe;
  const limit = limits.gains.find((each) => each.name === name)!;
  let value = limit.before;
  w.forEach((weight, i) => {
    const sold = ((w0[i]! - weight) * nav) / price[i]!;
    if (sold <= 0 || taxSchedules[i]!.lots.length === 0) return;
    const pieces = sellingPieces(mandate, bounds, prices, i);
    value += (alongPieces(pieces, sold, (piece) => gainOfPiece(limit, piece)) * price[i]!) / nav;
  });
  return { parameter: `tax.gain_budget.${name.slice('gains:'.length)}`, value, setting: value * nav };
}
