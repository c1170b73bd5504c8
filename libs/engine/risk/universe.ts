import type { CoordinationInput, TaxLot } from '../input.js';
import { sum } from '../numerics/index.js';
import type { RiskView, Universe } from '../universe.js';
import { type FactLookup, factLookup, halfSpreadOf, type KnownFacts } from './instrument-facts.js';
import { counted, PRIOR_VOLATILITY } from './prior.js';
import type { RiskPart } from './risk-core.js';
import { riskView, rowVariance } from './risk-view.js';

/**
 * The universe of a request, or why there is none:
 * `MISSING_PRICES` names, in ascending order, what is held (open orders counted as filled) or is a rebalance target and has no price;
 * `NON_POSITIVE_NAV`: weights are fractions of NAV and have no meaning; `INVALID_RISK_MODEL`: shapes or numbers.
 */
export type UniverseResult =
  | { readonly kind: 'UNIVERSE'; readonly universe: Universe }
  | { readonly kind: 'MISSING_PRICES'; readonly missingPrices: readonly string[] }
  | { readonly kind: 'NON_POSITIVE_NAV'; readonly nav: number }
  | { readonly kind: 'INVALID_RISK_MODEL'; readonly problem: string; readonly part: RiskPart };

/**
 * Every instrument held, signalled or named as a rebalance target that has a price, ascending by id in code units, with
 * its facts and the daily covariance (model, section 1). A signalled instrument without a price is left out.
 *
 * @param also further instruments, which need a price
 */
export function buildUniverse(input: CoordinationInput, also: readonly string[] = []): UniverseResult {
  const lookup = factLookup(input);
  const holdings = holdingsOf(input);
  const { ids, facts, missingPrices } = membersOf(input, holdings, lookup, also);
  if (missingPrices.length > 0) return { kind: 'MISSING_PRICES', missingPrices };

  const price = column(facts, (f) => f.price ?? NaN);
  const index = new Map(ids.map((id, i) => [id, i]));
  const quantity = column(ids, (id) => holdings.get(id)?.quantity ?? 0);
  const cash = cashAfterOpenOrders(input, index, price);
  const nav = navOf(cash, quantity, price);
  if (!(nav > 0)) return { kind: 'NON_POSITIVE_NAV', nav };

  const volatility = column(facts, (f) => f.volatility ?? NaN);
  const risk = riskView(input.market.risk, ids, volatility);
  if ('invalid' in risk) return { kind: 'INVALID_RISK_MODEL', problem: risk.invalid, part: risk.part };
  return {
    kind: 'UNIVERSE',
    universe: {
      n: ids.length,
      ids,
      index,
      price,
      sigma: sigmas(volatility, risk.view),
      adv: column(facts, (f) => f.adv ?? Infinity),
      halfSpread: column(facts, halfSpreadOf),
      sector: facts.map((f) => f.sector),
      lotSize: column(facts, (f) => f.lotSize),
      quantity,
      taxLots: ids.map((id) => holdings.get(id)?.lots ?? []),
      cash,
      nav,
      w0: quantity.map((shares, i) => (shares * price[i]!) / nav),
      risk: risk.view,
      warnings: [...risk.warnings, ...priorWarnings(ids, facts)],
    },
  };
}

/** One number of each item. (Float64Array.from walks an iterator: several times slower.) */
function column<T>(items: readonly T[], pick: (item: T) => number): Float64Array {
  const numbers = new Float64Array(items.length);
  for (let i = 0; i < items.length; i++) numbers[i] = pick(items[i]!);
  return numbers;
}

function navOf(cash: number, quantity: Float64Array, price: Float64Array): number {
  const parts = new Float64Array(quantity.length + 1);
  parts[0] = cash;
  for (let i = 0; i < quantity.length; i++) parts[i + 1] = quantity[i]! * price[i]!;
  return sum(parts);
}

interface Holding {
  readonly quantity: number;
  readonly lots: readonly TaxLot[];
}

/** Positions with open orders counted as filled. */
function holdingsOf(input: CoordinationInput): ReadonlyMap<string, Holding> {
  const holdings = new Map<string, Holding>();
  const add = (id: string, quantity: number, lots: readonly TaxLot[]) => {
    const held = holdings.get(id);
    holdings.set(id, { quantity: (held?.quantity ?? 0) + quantity, lots: [...(held?.lots ?? []), ...lots] });
  };
  for (const position of input.portfolio.positions) {
    add(position.instrumentId, position.quantity, position.taxLots ?? []);
  }
  for (const order of input.portfolio.openOrders) add(order.instrumentId, order.quantity, []);
  return holdings;
}

function membersOf(
  input: CoordinationInput,
  holdings: ReadonlyMap<string, Holding>,
  lookup: FactLookup,
  also: readonly string[],
) {
  const needed = new Set<string>(also);
  for (const [id, { quantity }] of holdings) if (quantity !== 0) needed.add(id);
  for (const order of input.portfolio.openOrders) needed.add(order.instrumentId);
  const queued: string[] = [];
  for (const request of input.rebalanceRequests) {
    for (const { instrumentId } of request.targets) {
      if (request.queued === true) queued.push(instrumentId);
      else needed.add(instrumentId);
    }
  }
  const signalled = input.signals.map((signal) => signal.instrumentId);
  const named = new Set([...needed, ...holdings.keys(), ...signalled, ...queued]);
  const ids: string[] = [];
  const facts: KnownFacts[] = [];
  const missingPrices: string[] = [];
  // the default order of sort is by code unit
  for (const id of [...named].sort()) {
    const known = lookup(id);
    if (known.price !== undefined) {
      ids.push(id);
      facts.push(known);
    } else if (needed.has(id)) {
      missingPrices.push(id);
    }
  }
  return { ids, facts, missingPrices };
}

function cashAfterOpenOrders(
  input: CoordinationInput,
  index: ReadonlyMap<string, number>,
  price: Float64Array,
): number {
  const spent = input.portfolio.openOrders.map((order) => -order.quantity * price[index.get(order.instrumentId)!]!);
  return sum([input.portfolio.cash, ...spent]);
}

/** sigma_i: the volatility field, else the model's; 2 % where that is zero too. */
function sigmas(volatility: Float64Array, risk: RiskView): Float64Array {
  return volatility.map((field, i) => {
    if (field > 0) return field;
    const variance = rowVariance(risk, i);
    return variance > 0 ? Math.sqrt(variance) : PRIOR_VOLATILITY;
  });
}

function priorWarnings(ids: readonly string[], facts: readonly KnownFacts[]): string[] {
  const without = (pick: (f: KnownFacts) => unknown) => ids.filter((_, i) => pick(facts[i]!) === undefined);
  const warnings: string[] = [];
  const adv = without((f) => f.adv);
  const halfSpread = without((f) => f.halfSpread);
  if (adv.length > 0) {
    warnings.push(`No daily volume is known of ${counted(adv)}: no liquidity limit and no market impact apply.`);
  }
  if (halfSpread.length > 0)
    warnings.push(`No spread is known of ${counted(halfSpread)}: a half spread of 5 bps stands in.`);
  return warnings;
}
