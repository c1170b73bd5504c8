import type { CoordinationInput, LimitClass } from '../input.js';
import type { AcceptedSignal, Universe } from '../universe.js';
import { portfolioAt, type PortfolioAt } from './portfolio-at.js';
import { type ClaimedLot, realisedGains, type RealisedGains } from './realised-gains.js';

/** One limit of the whole portfolio before and after trading; `kind` is the limit's class, or gross. */
interface CheckedLimit {
  readonly kind: LimitClass | 'gross';
  /** `cash`, `risk` (VaR 95 % of one day), `turnover`, `gross`, `sector:NAME`, `gains:TERM` */
  readonly name: string;
  readonly before: number;
  readonly value: number;
  readonly bound: number;
}

/** What the independent check of a portfolio found. */
export interface PortfolioCheck {
  /** why the portfolio may not be returned, one sentence each; empty where it may */
  readonly refusals: readonly string[];
  readonly limits: readonly CheckedLimit[];
  /** whether every limit holds after trading, also those that were broken before */
  readonly allHold: boolean;
}

/** Excess over a limit, in weight, that counts as kept. */
const TOLERANCE = 1e-9;
const DAY_MS = 86_400_000;
/** Deviation from a whole number of lots that counts as none, in lots. */
const LOT_TOLERANCE = 1e-6;
const Z_95 = 1.6448536;

/**
 * Checks orders against every limit of the model's section 4, from the inputs alone: it shares no code with the
 * solver, the problem's construction or the whole-lot search. A limit that held before trading must hold after it, and
 * one that was broken may not be more broken.
 *
 * @param trades signed shares, in the order of the universe
 * @param lotsSold the tax lots that the trade of instrument i sells; default none: then what is sold of lots is refused
 */
export function verifyPortfolio(
  input: CoordinationInput,
  universe: Universe,
  accepted: readonly AcceptedSignal[],
  trades: Float64Array,
  lotsSold: (i: number) => readonly ClaimedLot[] = () => [],
): PortfolioCheck {
  const before = portfolioAt(universe, input.parameters, new Float64Array(universe.n));
  const after = portfolioAt(universe, input.parameters, trades);
  const gains = realisedGains(input, universe, trades, lotsSold);
  const limits = [...portfolioLimits(input, universe, before, after), ...budgets(input, universe, gains)];
  const refusals = limits
    .filter(({ before: start, value, bound }) => !(value <= Math.max(bound, start) + TOLERANCE))
    .map(({ name, value, bound }) => `${name} is ${value}, its limit ${bound}`);
  const ranges = weightRanges(input, universe);
  const positionsBroken = { before: false, after: false };
  for (let i = 0; i < universe.n; i += 1) {
    const [low, high] = ranges[i]!;
    const [from, to] = [before.weights[i]!, after.weights[i]!];
    if (from > high + TOLERANCE || from < low - TOLERANCE) positionsBroken.before = true;
    if (to > high + TOLERANCE || to < low - TOLERANCE) positionsBroken.after = true;
    const within = to <= Math.max(high, from) + TOLERANCE && to >= Math.min(low, from) - TOLERANCE;
    if (!within) refusals.push(`${universe.ids[i]!} weighs ${to}, its limits are ${low} and ${high}`);
  }
  const anyBroken = positionsBroken.before || limits.some(({ before: start, bound }) => start > bound + TOLERANCE);
  const allowed = allowedDirections(input, universe, accepted, ranges, anyBroken);
  for (let i = 0; i < universe.n; i += 1) {
    if (trades[i] === 0) continue;
    const refusal =
      orderRefusal(input, universe, i, trades[i]!, allowed[i]!) ?? correlationRefusal(input, after, i, before);
    if (refusal !== null) refusals.push(`${universe.ids[i]!} ${refusal}`);
  }
  refusals.push(...gains.refusals);
  const allHold = !positionsBroken.after && limits.every(({ value, bound }) => value <= bound + TOLERANCE);
  return { refusals, limits, allHold };
}

function portfolioLimits(
  input: CoordinationInput,
  universe: Universe,
  before: PortfolioAt,
  after: PortfolioAt,
): CheckedLimit[] {
  const { parameters } = input;
  const limits: CheckedLimit[] = [
    {
      kind: 'risk',
      name: 'risk',
      before: Z_95 * Math.sqrt(before.variance),
      value: Z_95 * Math.sqrt(after.variance),
      bound: parameters.riskBudgetShare * parameters.riskBudgetLimit,
    },
    { kind: 'cash', name: 'cash', before: before.invested, value: after.invested, bound: investedMax(input, universe) },
    { kind: 'turnover', name: 'turnover', before: 0, value: after.turnover, bound: parameters.maxTurnover },
  ];
  if (parameters.allowShort) {
    limits.push({ kind: 'gross', name: 'gross', before: before.gross, value: after.gross, bound: parameters.maxGross });
  }
  for (const sector of [...after.sectors.keys()].sort()) {
    const [start, value] = [before.sectors.get(sector)!, after.sectors.get(sector)!];
    limits.push({ kind: 'sector', name: `sector:${sector}`, before: start, value, bound: parameters.maxSectorWeight });
  }
  return limits;
}

/** What cash buffer and withdrawals leave: a withdrawal's missing part is raised evenly over the days up to its date. */
function investedMax({ asOf, parameters, rebalanceRequests }: CoordinationInput, { cash, nav }: Universe): number {
  const flows = rebalanceRequests
    .filter(({ cashFlow }) => cashFlow !== undefined && cashFlow.amount < 0)
    .sort((a, b) => a.cashFlow!.at - b.cashFlow!.at || (a.rebalanceId < b.rebalanceId ? -1 : 1));
  let [spare, kept] = [Math.max(0, cash - parameters.cashBuffer * nav), 0];
  for (const { cashFlow } of flows) {
    const asked = -cashFlow!.amount;
    const there = Math.min(spare, asked);
    spare -= there;
    const sessions = Math.max(weekdaysAfter(asOf, cashFlow!.at) + 1, parameters.executionDays);
    kept += there + ((asked - there) * parameters.executionDays) / sessions;
  }
  return Math.max(0, 1 - parameters.cashBuffer - kept / nav);
}

/** Weekdays after one day up to and with another, counted one by one; 0 where there are none. */
function weekdaysAfter(from: number, to: number): number {
  let count = 0;
  const last = Math.floor(to / DAY_MS);
  for (let day = Math.floor(from / DAY_MS) + 1; day <= last; day += 1) if ((day + 3) % 7 < 5) count += 1;
  return count;
}

/** Where each weight may end: its limits, within the band of its rebalance target where no trading day is left to reach it later. */
function weightRanges(input: CoordinationInput, { ids, lotSize, price, nav }: Universe): [number, number][] {
  const { asOf, parameters, rebalanceRequests } = input;
  const due = new Map<string, { readonly target: number; readonly tolerance: number } | null>();
  const byPriority = [...rebalanceRequests].sort(
    (a, b) => b.priority - a.priority || (a.rebalanceId < b.rebalanceId ? -1 : 1),
  );
  for (const { targets, deadline, tolerance = 0 } of byPriority) {
    const isDue = deadline !== undefined && weekdaysAfter(asOf, deadline) < parameters.executionDays;
    for (const { instrumentId, targetWeight: target } of targets) {
      if (!due.has(instrumentId)) due.set(instrumentId, isDue ? { target, tolerance } : null);
    }
  }
  return ids.map((id, i) => {
    const [low, high] = positionRange(input, id);
    const band = due.get(id) ?? null;
    if (band === null) return [low, high];
    const width = Math.max(band.tolerance, (lotSize[i]! * price[i]!) / nav / 2);
    const clip = (w: number): number => Math.max(low, Math.min(high, w));
    return [clip(band.target - width), clip(band.target + width)];
  });
}

/** The budgets of realised gains, with what was realised before. */
function budgets({ parameters, tax }: CoordinationInput, { nav }: Universe, gains: RealisedGains): CheckedLimit[] {
  const { shortTerm, longTerm, total } = parameters.tax.gainBudget ?? {};
  const before = tax?.realisedToDate ?? { shortTerm: 0, longTerm: 0 };
  const all = [
    { name: 'gains:short_term', budget: shortTerm, before: before.shortTerm, added: gains.shortTerm },
    { name: 'gains:long_term', budget: longTerm, before: before.longTerm, added: gains.longTerm },
    {
      name: 'gains:total',
      budget: total,
      before: before.shortTerm + before.longTerm,
      added: gains.shortTerm + gains.longTerm,
    },
  ];
  return all.flatMap(({ name, budget, before: start, added }): CheckedLimit[] =>
    budget === undefined
      ? []
      : [{ kind: 'gains', name, before: start / nav, value: start / nav + added, bound: budget / nav }],
  );
}

function positionRange({ parameters }: CoordinationInput, id: string): [number, number] {
  const own = Object.hasOwn(parameters.instrumentBounds, id) ? parameters.instrumentBounds[id]! : {};
  const cap = parameters.maxPositionSize;
  const high = own.max === undefined ? cap : Math.min(cap, own.max);
  const low = Math.max(parameters.allowShort ? -cap : 0, own.min ?? -Infinity);
  return [Math.min(low, high), high];
}

/** Signed weights each instrument may reach by its trade, [most sold, most bought] in shares. */
function allowedDirections(
  input: CoordinationInput,
  universe: Universe,
  accepted: readonly AcceptedSignal[],
  ranges: readonly (readonly [number, number])[],
  limitBroken: boolean,
): [number, number][] {
  const { parameters, rebalanceRequests } = input;
  const { n, index, w0, quantity } = universe;
  const everywhere = parameters.tradeUniverse === 'ALL';
  const allowed = Array.from({ length: n }, (): [number, number] => (everywhere ? [-Infinity, Infinity] : [0, 0]));
  const widen = (i: number, low: number, high: number): void => {
    allowed[i] = [Math.min(allowed[i]![0], low), Math.max(allowed[i]![1], high)];
  };
  for (const { instrument, direction } of accepted) {
    if (direction > 0) widen(instrument, 0, Infinity);
    if (direction < 0) widen(instrument, -Infinity, 0);
  }
  for (const { targets } of rebalanceRequests) {
    for (const { instrumentId, targetWeight } of targets) {
      const i = index.get(instrumentId);
      if (i === undefined) continue;
      if (targetWeight > w0[i]!) widen(i, 0, Infinity);
      if (targetWeight < w0[i]!) widen(i, -Infinity, 0);
    }
  }
  for (let i = 0; limitBroken && i < n; i += 1) {
    const held = quantity[i]!;
    widen(i, Math.min(0, -held), Math.max(0, -held));
    const [least] = ranges[i]!;
    if (w0[i]! < least) widen(i, 0, Infinity);
  }
  for (const id of parameters.restricted) if (index.has(id)) allowed[index.get(id)!] = [0, 0];
  return allowed;
}

function orderRefusal(
  { parameters, portfolio }: CoordinationInput,
  universe: Universe,
  i: number,
  trade: number,
  [most, least]: readonly [number, number],
): string | null {
  const [lot, price] = [universe.lotSize[i]!, universe.price[i]!];
  const lots = Math.abs(trade) / lot;
  const closes = trade === -universe.quantity[i]!;
  if (!Number.isFinite(trade)) return 'trades no finite quantity';
  if (trade < most - LOT_TOLERANCE * lot || trade > least + LOT_TOLERANCE * lot) return `may not trade ${trade}`;
  if (!closes && Math.abs(lots - Math.round(lots)) > LOT_TOLERANCE) return `trades ${trade}, lots are ${lot}`;
  const notional = Math.abs(trade) * price;
  if (notional < parameters.minTradeNotional * (1 - TOLERANCE)) return `trades ${notional}, below the minimum`;
  let volume = parameters.maxParticipation * parameters.executionDays * universe.adv[i]!;
  for (const order of portfolio.openOrders) {
    if (order.instrumentId === universe.ids[i]) volume -= Math.abs(order.quantity);
  }
  if (notional > volume * price + TOLERANCE * universe.nav) return `trades ${trade}, liquidity allows ${volume}`;
  return null;
}

function correlationRefusal(
  { parameters }: CoordinationInput,
  after: PortfolioAt,
  i: number,
  before: PortfolioAt,
): string | null {
  const [from, to] = [before.weights[i]!, after.weights[i]!];
  if (Math.abs(to) <= Math.abs(from) + TOLERANCE) return null;
  const correlation = Math.sign(to) * after.correlationWithRest(i);
  return correlation > parameters.correlationThreshold + TOLERANCE
    ? `correlates ${correlation} with the rest, the limit is ${parameters.correlationThreshold}`
    : null;
}
