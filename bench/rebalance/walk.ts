import {
  type CoordinationParameters,
  type CoordinationRequest,
  type MarketData,
  PRIOR_LEARNED_STATE,
  toEngineInput,
} from '#domain';
import { assessTrades, coordinate, type CoordinationInput, type Optimiser, solveCertified } from '#engine';
import { Book } from './book.js';
import { MONTH, type RebalanceWorld } from './world.js';

const NAV = 100_000_000;
const BASIS_POINTS = 1e4;
/** how much a squared distance from a target weighs in the model, at the priority of 5: rho */
const REBALANCE_WEIGHT = 50;
const YEAR_DAYS = 252;

/** How a portfolio is brought back to its targets. */
export type Rule = 'engine' | 'calendar-to-target' | '5 % bands';
export const RULES: readonly Rule[] = ['engine', 'calendar-to-target', '5 % bands'];

export interface TaxRates {
  readonly short_term_rate: number;
  readonly long_term_rate: number;
}

/** What a rule came to, per year. */
export interface Walk {
  /** sum |x|, fraction of NAV, one way and the other */
  readonly turnover: number;
  /** annual volatility of the daily difference to the target's return, while nothing trades */
  readonly trackingError: number;
  /** basis points of NAV */
  readonly costBps: number;
  readonly taxBps: number;
  /** what the model loses by the distance left, basis points of NAV */
  readonly distanceBps: number;
  /** the three together: utility lost */
  readonly lostBps: number;
}

const optimiser: Optimiser = (problem, options) => solveCertified(problem, null, options);

/**
 * A target portfolio through the months, brought back by a rule at the closes. Costs and taxes of all rules are those of the engine's model
 * (`assessTrades`), with lots by least tax and losses worth nothing. The utility lost is that of the model (docs/model.md) at each date:
 * gamma/2 h (w - b)' Sigma (w - b) + sum rho/2 h sigma^2 (w - b)^2 + costs + tax, with b the targets, h a month.
 */
export function walk(world: RebalanceWorld, rule: Rule, tax: TaxRates): Walk {
  const parameters: CoordinationParameters = {
    coordination_mode: 'BALANCED',
    horizon_days: MONTH,
    // the limits are not what is compared
    max_turnover: 2,
    max_sector_weight: 1,
    risk_budget_limit: 0.1,
    tax: { ...tax, harvest: false, lot_method: 'LEAST_TAX' },
  };
  const first = world.days[0]!;
  const book = new Book(cashAt(world, first), sharesAt(world, first), closeOf(world, first));
  const sums = { turnover: 0, cost: 0, tax: 0, distance: 0 };
  const differences: number[] = [];
  for (const day of world.days.slice(1)) {
    track(world, book, day - MONTH, differences);
    const market = world.marketOf(day);
    const input = inputOf(book, closeOf(world, day), market, parameters, world);
    const trades = rule === 'engine' ? decided(input) : ruled(world, book, day, rule);
    const assessed = assessTrades(
      input,
      [...trades].map(([instrumentId, quantity]) => ({ instrumentId, quantity })),
      world.targets,
    );
    if ('invalid' in assessed) throw new Error(`${world.bars.days[day]}: ${assessed.invalid.kind}`);
    book.execute(assessed, trades, closeOf(world, day));
    sums.turnover += assessed.turnover;
    sums.cost += assessed.costBps.spread + assessed.costBps.fee + assessed.costBps.impact;
    sums.tax += assessed.costBps.tax;
    sums.distance += distance(world, book, day, market, input, assessed.impact.after.trackingError);
  }
  const years = ((world.days.length - 1) * MONTH) / YEAR_DAYS;
  const [costBps, taxBps, distanceBps] = [sums.cost / years, sums.tax / years, sums.distance / years];
  return {
    turnover: sums.turnover / years,
    trackingError: deviation(differences) * Math.sqrt(YEAR_DAYS),
    costBps,
    taxBps,
    distanceBps,
    lostBps: costBps + taxBps + distanceBps,
  };
}

/** The engine's decisions on a request for the targets, signed shares. */
function decided(input: CoordinationInput): Map<string, number> {
  const result = coordinate(input, optimiser);
  if ('invalid' in result) throw new Error(result.invalid.kind);
  return new Map(
    result.decisions
      .filter(({ quantity }) => quantity > 0)
      .map(({ instrumentId, action, quantity }) => [instrumentId, action === 'BUY' ? quantity : -quantity]),
  );
}

/** To the target every month; or of what is more than a twentieth of its target away from it. Whole shares. */
function ruled(world: RebalanceWorld, book: Book, day: number, rule: Exclude<Rule, 'engine'>): Map<string, number> {
  const price = (id: string): number => world.close(day, id);
  const nav = book.value(price);
  const weights = book.weights(price);
  const trades = new Map<string, number>();
  for (const [id, target] of world.targets) {
    if (rule === '5 % bands' && Math.abs((weights.get(id) ?? 0) - target) <= 0.05 * target) continue;
    const quantity = Math.round((target * nav) / price(id)) - book.quantityOf(id);
    if (quantity !== 0) trades.set(id, quantity);
  }
  return trades;
}

function inputOf(
  book: Book,
  as_of: string,
  market_data: MarketData,
  coordination_parameters: CoordinationParameters,
  world: RebalanceWorld,
): CoordinationInput {
  const targets = [...world.targets].map(([instrument_id, target_weight]) => ({ instrument_id, target_weight }));
  const request: CoordinationRequest = {
    as_of,
    signals: [],
    rebalance_requests: [{ rebalance_id: 'monthly', targets, priority: 5 }],
    coordination_parameters,
    market_data,
  };
  return toEngineInput(request, { asOf: as_of, portfolioState: book.state(as_of), learnedState: PRIOR_LEARNED_STATE });
}

/** What the model loses by what is left between the portfolio and its targets, basis points of NAV. */
function distance(
  world: RebalanceWorld,
  book: Book,
  day: number,
  { instruments }: MarketData,
  { parameters }: CoordinationInput,
  trackingError: number,
): number {
  const weights = book.weights((id) => world.close(day, id));
  const own = instruments.reduce((sum, { instrument_id, volatility = 0 }) => {
    const left = (weights.get(instrument_id) ?? 0) - (world.targets.get(instrument_id) ?? 0);
    return sum + (volatility * left) ** 2;
  }, 0);
  return (BASIS_POINTS * MONTH * (parameters.riskAversion * trackingError ** 2 + REBALANCE_WEIGHT * own)) / 2;
}

/** The daily differences to the target's return over the month after a day. */
function track(world: RebalanceWorld, book: Book, from: number, differences: number[]): void {
  for (let day = from + 1; day <= from + MONTH; day += 1) {
    const value = (at: number): number => book.value((id) => world.close(at, id));
    let target = 0;
    for (const [id, weight] of world.targets) target += weight * (world.close(day, id) / world.close(day - 1, id) - 1);
    differences.push(value(day) / value(day - 1) - 1 - target);
  }
}

function sharesAt(world: RebalanceWorld, day: number) {
  return [...world.targets].map(([instrument_id, weight]) => {
    const price = world.close(day, instrument_id);
    return { instrument_id, quantity: Math.floor((weight * NAV) / price), price };
  });
}

const cashAt = (world: RebalanceWorld, day: number): number =>
  sharesAt(world, day).reduce((cash, { quantity, price }) => cash - quantity * price, NAV);

const closeOf = ({ bars }: RebalanceWorld, day: number): string => `${bars.days[day]!}T21:00:00.000Z`;

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}
