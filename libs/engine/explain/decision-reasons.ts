import type { CostBps, LimitReport, RejectedSignal } from '../result.js';
import { LIMIT_TOLERANCE } from '../optimisation/limits.js';
import { bps, list, percent, shares, signed } from './format.js';
import { PRICE_MIN } from './break-even.js';
import { type Evidence, towardTarget } from './refusal.js';
import { limitNoun } from './refusal-sentence.js';
import { taxReasons } from './tax-reasons.js';

const BASIS_POINTS = 1e4;
const REASONS_OF_HOLD = 3;
/** Expected returns below this (0.01 bp) are not worth naming. */
const VOICE_MIN = 1e-6;

/** A sentence and what it is about in utility, fraction of NAV, by which sentences are ordered. */
interface Reason {
  readonly weight: number;
  readonly sentence: string;
}

/**
 * Why instrument i trades as it does: what forces it, which signals and targets ask for it, then which limits stop it,
 * each the strongest first; which tax lots it sells; and what it costs.
 *
 * @param loss utility lost if the trade were dropped
 */
export function tradeReasons(
  evidence: Evidence,
  i: number,
  loss: number,
  cost: CostBps,
  reports: readonly LimitReport[],
): string[] {
  const { mandate, choice } = evidence;
  const x = choice.weights[i]! - mandate.universe.w0[i]!;
  const drivers = [forced(evidence, i, x), fromSignals(evidence, i, x), fromTarget(evidence, i, x)];
  const limits = [fromBound(evidence, i, x), ...fromLimits(evidence, i, x, reports)];
  const dropped =
    loss >= 0
      ? `Dropping it alone would lose ${bps(loss)} of utility.`
      : `It costs ${bps(-loss)} of utility: only the limits demand all of it.`;
  return [
    ...strongestFirst(drivers),
    ...strongestFirst(limits),
    ...taxReasons(evidence, i),
    costSentence(cost, x),
    dropped,
  ];
}

function strongestFirst(reasons: readonly (Reason | null)[]): string[] {
  return reasons
    .filter((reason) => reason !== null)
    .sort((a, b) => b.weight - a.weight)
    .map(({ sentence }) => sentence);
}

/** @param refused the rejected signals of the instrument */
export function holdReasons(evidence: Evidence, i: number, refused: readonly RejectedSignal[]): string[] {
  const { mandate } = evidence;
  const reasons = [...new Set(refused.map(({ reason }) => reason))].slice(0, REASONS_OF_HOLD);
  const holds = evidence.book.on(i).filter(({ signal }) => signal.direction === 0);
  if (holds.length > 0) reasons.push(`Held as ${list(holds.map(({ signal }) => signal.source))} asks.`);
  const target = mandate.targets[i]!;
  if (target !== null) reasons.push(unmovedTarget(evidence, i));
  return reasons;
}

function unmovedTarget(evidence: Evidence, i: number): string {
  const { mandate, choice, marginals } = evidence;
  const target = mandate.targets[i]!;
  const w0 = mandate.universe.w0[i]!;
  const asks = `Rebalance request ${target.rebalanceId} asks for ${percent(target.weight)}, it weighs ${percent(w0)}`;
  const side = towardTarget(mandate, i);
  if (side === 0) return `${asks}: within the tolerance.`;
  if (mandate.limits.restricted[i] === 1) return `${asks}: restricted from trading.`;
  if (choice.heldBecause !== null) return `${asks}: everything is held.`;
  const needed = marginals.breakEven(i, side as 1 | -1);
  const expected = side * mandate.alpha[i]!;
  return `${asks}: moving toward it would have to earn ${bps(needed.total)} and is expected to earn ${bps(expected)}.`;
}

function forced(evidence: Evidence, i: number, x: number): Reason | null {
  const { mandate, choice, book } = evidence;
  const side = Math.sign(x);
  if (mandate.broken.length === 0) return null;
  const own = mandate.broken.find(({ kind, index }) => kind === 'position' && index === i);
  const { w0, ids } = mandate.universe;
  if (own !== undefined && mandate.limits.due[i] === 1) {
    const asks = `Rebalance request ${mandate.targets[i]!.rebalanceId} is due: ${ids[i]!} weighs ${percent(w0[i]!)} and must end at ${percent(own.bound)} or beyond`;
    return { weight: Infinity, sentence: `${asks}; brought to ${percent(choice.weights[i]!)}.` };
  }
  if (own !== undefined) {
    const before = `${ids[i]!} weighs ${percent(w0[i]!)} against a position limit of ${percent(own.bound)}`;
    return { weight: Infinity, sentence: `${before}: brought to ${percent(choice.weights[i]!)}.` };
  }
  if (book.names(i, side) || towardTarget(mandate, i) === side) return null;
  const names = list(mandate.broken.map(({ name }) => name));
  const sentence = `No signal asks for it: held instruments may be reduced because the portfolio breaks its limits (${names}).`;
  return { weight: Math.abs(mandate.alpha[i]! * x) * 2, sentence };
}

function fromSignals({ mandate, book }: Evidence, i: number, x: number): Reason | null {
  const signals = book.on(i);
  if (signals.length === 0) return null;
  const alpha = mandate.alpha[i]!;
  const share = (contribution: number): string => signed(bps(mandate.weights.signals * contribution));
  const voices = signals
    .filter(({ contribution }) => Math.abs(contribution) > VOICE_MIN)
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution))
    .map(({ signal, contribution }) => `${actionOf(signal.direction)} from ${signal.source} ${share(contribution)}`);
  const others = alpha - signals.reduce((sum, { contribution }) => sum + mandate.weights.signals * contribution, 0);
  if (Math.abs(others) > VOICE_MIN) voices.push(`signals on correlated instruments ${signed(bps(others))}`);
  const score = mandate.synthesis.score[i]!.toFixed(2);
  const sentence = `Signals expect ${signed(bps(alpha))} over ${mandate.parameters.horizonDays} days (score ${score})${voices.length > 0 ? `: ${list(voices)}` : ''}.`;
  return { weight: Math.abs(alpha * x), sentence };
}

function fromTarget({ mandate, choice }: Evidence, i: number, x: number): Reason | null {
  const target = mandate.targets[i]!;
  if (target === null) return null;
  const w0 = mandate.universe.w0[i]!;
  const off = (w: number): number => (mandate.tracking[i]! / 2) * (w - target.weight) * (w - target.weight);
  const sentence = `Rebalance request ${target.rebalanceId} (${target.reason}) asks for ${percent(target.weight)} from ${percent(w0)}: now ${percent(w0 + x)}.`;
  return { weight: Math.abs(off(w0) - off(choice.weights[i]!)), sentence };
}

/** The instrument's own bound, where it stops the trade. */
function fromBound({ mandate, choice, marginals }: Evidence, i: number, x: number): Reason | null {
  const price = marginals.boundPrice(i);
  const isCure = mandate.broken.some(({ kind, index }) => kind === 'position' && index === i);
  if (price <= PRICE_MIN || isCure) return null;
  const { limits, parameters, universe } = mandate;
  const [w, low, high] = [choice.solution.w[i]!, limits.positionLower[i]!, limits.positionUpper[i]!];
  const position = x > 0 ? high : low;
  const byVolume = Math.abs(w - position) > LIMIT_TOLERANCE && Math.abs(w) > LIMIT_TOLERANCE;
  const sellable = (mandate.taxSchedules[i]!.most * universe.price[i]!) / universe.nav;
  const what =
    x < 0 && universe.w0[i]! - w >= sellable - LIMIT_TOLERANCE
      ? 'the tax lots that the request names'
      : x < 0 && choice.exceeded.length > 0 && Math.abs(w) > LIMIT_TOLERANCE
        ? `the ${list(choice.exceeded.map(limitNoun))}`
        : byVolume
          ? `${percent(parameters.maxParticipation)} of the daily volume of ${shares(universe.adv[i]!)} shares`
          : Math.abs(w) <= LIMIT_TOLERANCE
            ? 'the end of the position'
            : `the position limit of ${percent(position)}`;
  return { weight: price * Math.abs(x), sentence: `Stopped by ${what}; a unit more would be worth ${bps(price)}.` };
}

function fromLimits({ marginals }: Evidence, i: number, x: number, reports: readonly LimitReport[]): Reason[] {
  const side = x > 0 ? 1 : -1;
  const { limits } = marginals.breakEven(i, side);
  return Object.entries(limits).map(([name, price]) => {
    const report = reports.find((candidate) => candidate.name === name);
    const bound = report === undefined ? '' : ` (${percent(report.value)} of ${percent(report.bound)})`;
    const effect = price > 0 ? `takes ${bps(price)} of what it earns` : `adds ${bps(-price)} to what it is worth`;
    return { weight: Math.abs(price * x), sentence: `The ${limitNoun(name)}${bound} binds and ${effect}.` };
  });
}

function costSentence(cost: CostBps, x: number): string {
  const ofTraded = (value: number): string => bps(value / BASIS_POINTS / Math.abs(x));
  const parts = (['spread', 'fee', 'impact', 'tax'] as const).filter((name) => cost[name] !== 0);
  const total = ofTraded(cost.spread + cost.fee + cost.impact + cost.tax);
  if (parts.length === 0) return 'It costs nothing to trade.';
  return `Costs ${total} of the amount traded: ${list(parts.map((name) => `${name} ${ofTraded(cost[name])}`))}.`;
}

function actionOf(direction: number): string {
  return direction > 0 ? 'BUY' : direction < 0 ? 'SELL' : 'HOLD';
}
