import { correlationWithRest } from '../impact/index.js';
import type { AcceptedSignal } from '../universe.js';
import type { BreakEven } from './break-even.js';
import { bps, list, percent, shares, signed } from './format.js';
import type { Evidence, Refusal } from './refusal.js';

/** One sentence with the numbers that decided. */
export function refusalSentence(
  evidence: Evidence,
  signal: AcceptedSignal,
  contribution: number,
  refusal: Refusal,
  needed: BreakEven | undefined,
): string {
  const { mandate, choice } = evidence;
  const { universe, parameters } = mandate;
  const i = signal.instrument;
  const id = universe.ids[i]!;
  const order = signal.direction > 0 ? `Buying ${id}` : signal.direction < 0 ? `Selling ${id}` : `Holding ${id}`;
  const wants = `${order} as ${signal.source} asks`;
  switch (refusal.code) {
    case 'NOT_HELD':
      return `${id} is not held and shorting is off: there is nothing to sell.`;
    case 'HOLD_ALL':
      return `Everything is held: ${choice.heldBecause ?? 'no portfolio could be verified'}.`;
    case 'CONFLICTING_SIGNALS':
      return `${wants} is outvoted: the signals together expect ${signed(bps(mandate.alpha[i]!))} over ${parameters.horizonDays} days, this one ${signed(bps(mandate.weights.signals * contribution))} of it; ${outcome(evidence, i)}.`;
    case 'OVERRIDDEN_BY_REBALANCE': {
      const target = mandate.targets[i]!;
      return `${wants} runs against rebalance request ${target.rebalanceId}, which asks for a weight of ${percent(target.weight)} from ${percent(universe.w0[i]!)}; ${outcome(evidence, i)}.`;
    }
    case 'CORRELATION':
      return `${wants} would raise a position whose correlation with the rest of the portfolio is ${correlation(evidence, i).toFixed(3)}, above the threshold of ${parameters.correlationThreshold}.`;
    case 'LIQUIDITY':
      return `${wants} needs more volume than ${percent(parameters.maxParticipation)} of a day's ${shares(universe.adv[i]!)} shares allows.`;
    case 'TAX':
      return refusal.limit?.startsWith('lots:') === true
        ? `${wants} is not possible: the tax lots that the request names of it hold less than an order.`
        : shortfallSentence(evidence, wants, signal, refusal, needed!);
    case 'BELOW_MINIMUM':
      return `${wants} would be best with ${idealOrder(evidence, i)}, less than the smallest order of ${leastOrder(evidence, i)}.`;
    default:
      return choice.trades[i] !== 0 && refusal.limit !== undefined
        ? `${wants} is not possible while ${limitWords(evidence, i, refusal.limit)}: ${outcome(evidence, i)}.`
        : shortfallSentence(evidence, wants, signal, refusal, needed!);
  }
}

/** What the trade would have to earn, and what it is expected to. */
function shortfallSentence(
  evidence: Evidence,
  wants: string,
  { instrument: i, direction }: AcceptedSignal,
  refusal: Refusal,
  needed: BreakEven,
): string {
  const { mandate, choice } = evidence;
  const expected = direction * mandate.alpha[i]!;
  const traded = choice.trades[i] !== 0;
  if (!traded && expected > needed.total && refusal.code !== 'POSITION_LIMIT') {
    return `${wants} would be best with ${idealOrder(evidence, i)}, for which the ${limitNoun(refusal.limit!)} leaves no room once the other orders are rounded to whole lots.`;
  }
  const earn = `would have to earn ${bps(needed.total)} over ${mandate.parameters.horizonDays} days and is expected to earn ${bps(expected)}`;
  const atLimit = refusal.code === 'POSITION_LIMIT' ? `; ${limitWords(evidence, i, refusal.limit)}` : '';
  return `${wants} ${earn}: ${parts(needed)}${atLimit}${traded ? `; ${outcome(evidence, i)}` : ''}.`;
}

/** `marginal risk 3.1 bp, cost 2.0 bp and turnover 1.2 bp`, the largest first. */
function parts(needed: BreakEven): string {
  const all: [string, number][] = [
    ['marginal risk', needed.marginalRisk],
    ['cost', needed.cost],
    ['tax', needed.tax],
    ['the rebalance target', needed.rebalance],
    ...Object.entries(needed.limits).map(([name, price]): [string, number] => [`the ${limitNoun(name)}`, price]),
  ];
  const shown = all.filter(([, price]) => Math.abs(price) >= 1e-6).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
  return list(shown.map(([name, price]) => `${name} ${bps(price)}`));
}

/** A limit's name in words. */
export function limitNoun(name: string): string {
  if (name.startsWith('gains:')) return `budget of ${GAINS[name] ?? 'realised gains'}`;
  if (name.startsWith('sector:')) return `sector limit of ${name.slice('sector:'.length)}`;
  if (name === 'risk') return 'risk budget';
  return name === 'gross' ? 'gross limit' : `${name} limit`;
}

const GAINS: Readonly<Record<string, string>> = {
  'gains:short_term': 'short-term gains',
  'gains:long_term': 'long-term gains',
  'gains:total': 'realised gains',
};

function limitWords({ mandate, choice }: Evidence, i: number, limit: string | undefined): string {
  const { universe, limits } = mandate;
  if (limit === undefined || limit.startsWith('position:')) {
    const bound = universe.w0[i]! < limits.positionLower[i]! ? limits.positionLower[i]! : limits.positionUpper[i]!;
    return `it weighs ${percent(universe.w0[i]!)}, its position limit is ${percent(bound)}`;
  }
  const checked = choice.check.limits.find(({ name }) => name === limit);
  return checked === undefined
    ? `the ${limitNoun(limit)} is broken`
    : `the ${limitNoun(limit)} of ${percent(checked.bound)} is broken at ${percent(checked.before)}`;
}

function outcome({ mandate, choice }: Evidence, i: number): string {
  const trade = choice.trades[i]!;
  const id = mandate.universe.ids[i]!;
  if (trade === 0) return `${id} is not traded`;
  return `${shares(Math.abs(trade))} ${id} are ${trade > 0 ? 'bought' : 'sold'}`;
}

function idealOrder({ mandate, choice }: Evidence, i: number): string {
  const { w0, nav, price } = mandate.universe;
  const size = (Math.abs(choice.solution.w[i]! - w0[i]!) * nav) / price[i]!;
  return `${size.toFixed(2)} shares`;
}

function leastOrder({ mandate }: Evidence, i: number): string {
  const { lotSize, price } = mandate.universe;
  const { minTradeNotional } = mandate.parameters;
  const lot = `${shares(lotSize[i]!)} shares`;
  return minTradeNotional > lotSize[i]! * price[i]! ? `${minTradeNotional.toFixed(2)} in value` : lot;
}

function correlation({ mandate, choice, riskAfter }: Evidence, i: number): number {
  return correlationWithRest(mandate.universe.risk, riskAfter, choice.weights, i);
}
