import type { Regime } from '../input.js';
import { ExactSum } from '../numerics/index.js';
import type { Prices } from './prices.js';

/** Part of an instrument's alpha that one signal contributed, as the log records it (model, section 2). */
export interface AlphaShare {
  readonly source: string;
  readonly strategy?: string;
  /** over the horizon, signed */
  readonly alpha: number;
}

/** A decision that changed the portfolio. Quantities and prices are on the basis of the table's closes (split-adjusted). */
export interface ExecutedDecision {
  readonly instrumentId: string;
  /** trading day of the table on which it was filled */
  readonly day: number;
  /** signed shares that filled */
  readonly quantity: number;
  /** mean price paid or received */
  readonly fillPrice: number;
  /** when it was decided; splits execution into delay and the rest */
  readonly decisionPrice: number;
  /** money paid besides the price: fees, taxes */
  readonly costs: number;
  /** trading days that the decision is answerable for */
  readonly horizonDays: number;
  /** the instrument's alpha when it was decided, and whose it was; what the shares leave over is other instruments' signals */
  readonly alpha: number;
  readonly shares: readonly AlphaShare[];
  readonly regime: Regime;
  readonly configuration: string;
}

export interface PortfolioHistory {
  /** of the table: profit is that between the closes of these two days */
  readonly fromDay: number;
  readonly toDay: number;
  /** signed shares at the close of `fromDay` */
  readonly startingQuantities: ReadonlyMap<string, number>;
  /** with fromDay < day <= toDay, and those before whose horizon reaches into the window (their shares are in the starting quantities) */
  readonly decisions: readonly ExecutedDecision[];
  /** money earned on cash, dividends, borrow fees and the like; default 0 */
  readonly otherIncome?: number;
  /** change of the net asset value less flows, where the books tell it; what it differs by is the residual */
  readonly reportedProfit?: number;
  readonly sectors?: ReadonlyMap<string, string>;
}

/** Money; the four add up to the profit of what they describe. */
interface ProfitParts {
  /** price changes beyond the market's while the decision was answerable */
  readonly selection: number;
  /** the market's return on what was added or taken away */
  readonly timing: number;
  /** from the price of the decision to the price of the fill */
  readonly delay: number;
  /** from the fill to the close of its day, less costs */
  readonly execution: number;
}

export interface AttributedProfit extends ProfitParts {
  readonly key: string;
  readonly total: number;
}

export interface ProfitAttribution {
  readonly profit: number;
  readonly bySource: readonly AttributedProfit[];
  readonly byStrategy: readonly AttributedProfit[];
  readonly byInstrument: readonly AttributedProfit[];
  readonly bySector: readonly AttributedProfit[];
  readonly byRegime: readonly AttributedProfit[];
  readonly byConfiguration: readonly AttributedProfit[];
  /** what the decisions in the window earned together: each of the lists above adds up to it */
  readonly decisions: AttributedProfit;
  /** what the portfolio would have earned on holdings that no decision was answerable for on the day */
  readonly held: number;
  readonly otherIncome: number;
  /** reported profit that prices, fills and costs do not explain, and the last bits of rounding */
  readonly residual: number;
}

/** Names of what no single signal is answerable for; they cannot be names of sources because sources are not empty. */
export const OTHER_SIGNALS = '(signals on other instruments)';
export const NO_SIGNAL = '(no signal: limits, rebalancing, hedges)';
const UNKNOWN = '(unknown)';

type Grouping = 'source' | 'strategy' | 'instrument' | 'sector' | 'regime' | 'configuration';
const GROUPINGS: readonly Grouping[] = ['source', 'strategy', 'instrument', 'sector', 'regime', 'configuration'];

/**
 * Shares the profit of a portfolio among its decisions, and theirs among the signals by their exact linear contributions to alpha.
 *
 * A decision owns the price change of the shares that it added (or took away: a sale earns what was not lost) from its fill over its
 * horizon; the rest of the position is `held`. So the number is that of the decision's outcome, decisions add up whether or not they overlap, and a
 * sale is credited although the portfolio is long only:
 *   profit = sum_days sum_i (q_i - sum_live dq_i) dp_i  [held]  +  sum_live dq_i dp_i + fills and costs  [decisions]  +  other income + residual.
 * Selection and timing: price change beyond the equally weighted market, and with it (Fama 1972, selectivity and timing, with a beta of 1).
 * The sums are exact (correctly rounded), hence the same in any order.
 */
export function attributeProfit(prices: Prices, history: PortfolioHistory): ProfitAttribution {
  const market = marketReturns(prices, history.fromDay, history.toDay);
  const groups = new Map(GROUPINGS.map((grouping) => [grouping, new Map<string, Parts>()]));
  const decisions = new Parts();
  const held = new ExactSum();
  addHoldings(prices, history, held);
  for (const decision of history.decisions) {
    const parts = partsOf(prices, history, decision, market, held);
    decisions.add(parts, 1);
    for (const [grouping, key, share] of keysOf(decision, history)) {
      const group = groups.get(grouping)!;
      let sums = group.get(key);
      if (sums === undefined) group.set(key, (sums = new Parts()));
      sums.add(parts, share);
    }
  }
  const list = (grouping: Grouping): AttributedProfit[] =>
    [...groups.get(grouping)!].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, parts]) => parts.toProfit(key));
  const all = decisions.toProfit('decisions');
  const otherIncome = history.otherIncome ?? 0;
  const explained = all.total + held.value + otherIncome;
  const profit = history.reportedProfit ?? explained;
  return {
    profit,
    bySource: list('source'),
    byStrategy: list('strategy'),
    byInstrument: list('instrument'),
    bySector: list('sector'),
    byRegime: list('regime'),
    byConfiguration: list('configuration'),
    decisions: all,
    held: held.value,
    otherIncome,
    residual: profit - explained,
  };
}

class Parts {
  private readonly selection = new ExactSum();
  private readonly timing = new ExactSum();
  private readonly delay = new ExactSum();
  private readonly execution = new ExactSum();

  add(parts: ProfitParts, share: number): void {
    this.selection.addProduct(share, parts.selection);
    this.timing.addProduct(share, parts.timing);
    this.delay.addProduct(share, parts.delay);
    this.execution.addProduct(share, parts.execution);
  }

  toProfit(key: string): AttributedProfit {
    const total = new ExactSum();
    for (const part of [this.selection, this.timing, this.delay, this.execution]) total.merge(part);
    return {
      key,
      selection: this.selection.value,
      timing: this.timing.value,
      delay: this.delay.value,
      execution: this.execution.value,
      total: total.value,
    };
  }
}

/** Price change of the starting holdings over the whole window; what decisions are answerable for is taken off as they are read. */
function addHoldings(prices: Prices, { fromDay, toDay, startingQuantities }: PortfolioHistory, held: ExactSum): void {
  for (const [instrumentId, quantity] of startingQuantities) {
    const column = columnOf(prices, instrumentId);
    held.addProduct(quantity, lastClose(prices, toDay, column) - lastClose(prices, fromDay, column));
  }
}

function partsOf(
  prices: Prices,
  { fromDay, toDay }: PortfolioHistory,
  decision: ExecutedDecision,
  market: Float64Array,
  held: ExactSum,
): ProfitParts {
  const { quantity, day, horizonDays } = decision;
  const column = columnOf(prices, decision.instrumentId);
  if (day > toDay) throw new Error('attributeProfit: a decision was filled after the window');
  const answerableUntil = Math.min(toDay, day + Math.max(1, Math.ceil(horizonDays)));
  const start = Math.max(day, fromDay);
  const end = Math.max(start, answerableUntil);
  const startPrice = lastClose(prices, start, column);
  const change = lastClose(prices, end, column) - startPrice;
  const withMarket = startPrice * (growth(market, fromDay, start, end) - 1);
  const inWindow = day > fromDay;
  // shares filled in the window are held beyond the horizon; those of before were held all along
  if (inWindow) held.addProduct(quantity, lastClose(prices, toDay, column) - lastClose(prices, end, column));
  else held.addProduct(-quantity, change);
  const toClose = inWindow ? startPrice - decision.fillPrice : 0;
  const delay = inWindow ? decision.fillPrice - decision.decisionPrice : 0;
  return {
    selection: quantity * (change - withMarket),
    timing: quantity * withMarket,
    delay: -quantity * delay,
    execution: inWindow ? quantity * (toClose + delay) - decision.costs : 0,
  };
}

/** A halted instrument keeps its last close: its position has no other value. */
function lastClose(prices: Prices, day: number, column: number): number {
  for (let at = day; at >= 0; at--) {
    const price = prices.close(at, column);
    if (!Number.isNaN(price)) return price;
  }
  throw new Error(`attributeProfit: ${prices.table.instruments[column]} has no close until day ${day}`);
}

function columnOf(prices: Prices, instrumentId: string): number {
  const column = prices.columnOf(instrumentId);
  if (column === undefined) throw new Error(`attributeProfit: no closes of ${instrumentId}`);
  return column;
}

/** Growth of the equally weighted market since `fromDay`, by day. */
function marketReturns(prices: Prices, fromDay: number, toDay: number): Float64Array {
  const growth = new Float64Array(toDay - fromDay + 1).fill(1);
  for (let day = fromDay + 1; day <= toDay; day++) {
    let total = 0;
    let count = 0;
    for (let i = 0; i < prices.table.instruments.length; i++) {
      const change = prices.close(day, i) / prices.close(day - 1, i) - 1;
      if (Number.isNaN(change)) continue;
      total += change;
      count++;
    }
    growth[day - fromDay] = growth[day - fromDay - 1]! * (1 + (count > 0 ? total / count : 0));
  }
  return growth;
}

function growth(market: Float64Array, fromDay: number, start: number, end: number): number {
  return market[end - fromDay]! / market[start - fromDay]!;
}

/** Under which key of which grouping a decision's profit goes, and how much of it; the shares of a grouping add up to 1. */
function keysOf(
  decision: ExecutedDecision,
  history: PortfolioHistory,
): readonly (readonly [Grouping, string, number])[] {
  const { instrumentId, regime, configuration } = decision;
  return [
    ['instrument', instrumentId, 1],
    ['sector', history.sectors?.get(instrumentId) ?? UNKNOWN, 1],
    ['regime', regime, 1],
    ['configuration', configuration, 1],
    ...shares(decision, 'source'),
    ...shares(decision, 'strategy'),
  ];
}

/**
 * a_s / alpha of each signal. What the signals on the instrument itself leave over came from those on other instruments, through the covariance.
 * Where the trade goes against its alpha, or there is none, no signal asked for it: a limit, a rebalance request or a hedge did.
 */
function shares(
  { alpha, quantity, shares: parts }: ExecutedDecision,
  by: 'source' | 'strategy',
): readonly (readonly [Grouping, string, number])[] {
  if (!(alpha * quantity > 0)) return [[by, NO_SIGNAL, 1]];
  let left = 1;
  const found = parts.map((part) => {
    const share = part.alpha / alpha;
    left -= share;
    return [by, (by === 'source' ? part.source : part.strategy) ?? UNKNOWN, share] as const;
  });
  return left === 0 ? found : [...found, [by, OTHER_SIGNALS, left]];
}
