import type { RejectedSignal } from '../result.js';
import type { AcceptedSignal } from '../universe.js';
import { correlationWithRest } from '../impact/index.js';
import type { Evidence, Refusal } from './refusal.js';
import type { WithoutLimit } from './without-limit.js';

type Counterfactual = NonNullable<RejectedSignal['counterfactual']>;

/** Confidences are reported to four digits, rounded up so that the answer holds. */
const DIGITS = 1e4;
const KAPPA_MAX = 0.99;
const ROOT_STEPS = 20;
/** An order smaller than this share of NAV would hang on the last digits of the prices. */
const FIRST_ORDER = 5e-4;

/**
 * The nearest change that would have made the instrument trade in the signal's direction, from the multipliers: the
 * signal's confidence where that can do it, else the limit that stands in the way. Other instruments' trades are taken
 * as they are; limits shared with other instruments, and shorting, were solved again without. Undefined where neither
 * helps.
 */
export function counterfactual(
  evidence: Evidence,
  signal: AcceptedSignal,
  refusal: Refusal,
  withoutLimits: ReadonlyMap<string, WithoutLimit>,
): Counterfactual | undefined {
  const direction = signal.direction as 1 | -1;
  switch (refusal.code) {
    case 'POSITION_LIMIT':
      return ownLimit(evidence, signal.instrument, direction, (weight) => positionParameter(evidence, signal, weight));
    case 'LIQUIDITY':
      return ownLimit(evidence, signal.instrument, direction, (_, size) => ({
        parameter: 'max_participation',
        value: participationFor(evidence, signal.instrument, size),
      }));
    case 'CORRELATION':
      return ownLimit(evidence, signal.instrument, direction, () => ({
        parameter: 'correlation_threshold',
        value: roundUp(correlationAfter(evidence, signal.instrument)),
      }));
    case 'NOT_HELD':
      return withoutLimits.get('shorting')?.wouldTrade(signal.instrument, direction);
    case 'OVERRIDDEN_BY_REBALANCE':
      return undefined;
    default: {
      const shared = refusal.limit === undefined ? undefined : withoutLimits.get(refusal.limit);
      return shared?.wouldTrade(signal.instrument, direction) ?? confidenceNeeded(evidence, signal);
    }
  }
}

/** The confidence at which a first order would be best, at the prices of everything else. */
function confidenceNeeded(evidence: Evidence, signal: AcceptedSignal): Counterfactual | undefined {
  const { mandate, marginals, curve } = evidence;
  const { instrument: i, position, kappa } = signal;
  const direction = signal.direction as 1 | -1;
  const quantity = firstOrder(evidence, i, direction);
  const size = (quantity * mandate.universe.price[i]!) / mandate.universe.nav;
  const impact = 1.5 * mandate.weights.cost * mandate.costImpact[i]! * Math.sqrt(size);
  // what is traded the other way comes back first
  const back = Math.max(0, direction * (mandate.universe.w0[i]! - evidence.choice.solution.w[i]!));
  const needed = marginals.breakEven(i, direction).total + impact + marginals.curvature(i) * (back + size);
  const alphaAt = curve.alphaOf(signal);
  const excess = (k: number): number => direction * mandate.weights.signals * alphaAt(k) - needed;
  const { confidence } = mandate.input.signals[position]!;
  const kappaNeeded = rootBetween(excess, kappa, Math.min(KAPPA_MAX, kappa / confidence));
  if (kappaNeeded === undefined) return undefined;
  const value = Math.min(1, roundUp((confidence * kappaNeeded) / kappa));
  return { parameter: 'confidence', value, would: { action: actionOf(direction), quantity } };
}

/**
 * Where a rising function that is negative at `low` and not at `high` turns, from the side where it is not (Illinois
 * variant of false position); undefined where it does not turn between them.
 */
function rootBetween(f: (x: number) => number, low: number, high: number): number | undefined {
  let atHigh = f(high);
  if (atHigh < 0) return undefined;
  let atLow = f(low);
  if (atLow >= 0) return undefined;
  for (let step = 0; step < ROOT_STEPS && (high - low) * DIGITS > low / 2; step += 1) {
    const x = (low * atHigh - high * atLow) / (atHigh - atLow);
    const at = f(x);
    if (at >= 0) [high, atHigh, atLow] = [x, at, atLow / 2];
    else [low, atLow, atHigh] = [x, at, atHigh / 2];
  }
  return high;
}

/** What the instrument would trade were its own bound away, at the prices of everything else. */
function ownLimit(
  evidence: Evidence,
  i: number,
  direction: 1 | -1,
  parameter: (weight: number, size: number) => { readonly parameter: string; readonly value: number },
): Counterfactual | undefined {
  const { mandate, marginals } = evidence;
  const { price, nav, w0, lotSize } = mandate.universe;
  const gain = direction * mandate.alpha[i]! - marginals.breakEven(i, direction).total;
  if (gain <= 0) return undefined;
  const best =
    (unlimitedSize(gain, 1.5 * mandate.weights.cost * mandate.costImpact[i]!, marginals.curvature(i)) * nav) /
    price[i]!;
  const quantity = Math.max(smallestOrder(evidence, i, direction), lotSize[i]! * Math.floor(best / lotSize[i]!));
  const size = (quantity * price[i]!) / nav;
  const { parameter: name, value } = parameter(w0[i]! + direction * size, size);
  if (!Number.isFinite(value)) return undefined;
  return { parameter: name, value, would: { action: actionOf(direction), quantity } };
}

/** |x| that solves impact sqrt(x) + curvature x = gain. */
function unlimitedSize(gain: number, impact: number, curvature: number): number {
  const root = (2 * gain) / (impact + Math.sqrt(impact * impact + 4 * curvature * gain));
  return Math.min(1, root * root);
}

/** The parameter that bounds a position, and the value at which it would admit the weight. */
function positionParameter({ mandate }: Evidence, { instrument, direction }: AcceptedSignal, weight: number) {
  const id = mandate.universe.ids[instrument]!;
  const { instrumentBounds, maxPositionSize } = mandate.parameters;
  const own = Object.hasOwn(instrumentBounds, id) ? instrumentBounds[id]! : {};
  const end = direction > 0 ? 'max' : 'min';
  const isOwn = own[end] !== undefined && Math.abs(own[end]) < maxPositionSize;
  return isOwn
    ? { parameter: `instrument_bounds.${id}.${end}`, value: weight }
    : { parameter: 'max_position_size', value: Math.abs(weight) };
}

/** The share of the daily volume that admits an order of this size beside the open ones. */
function participationFor({ mandate }: Evidence, i: number, size: number): number {
  const { universe, limits, parameters } = mandate;
  const traded = (universe.adv[i]! * universe.price[i]!) / universe.nav;
  return (size + limits.pending[i]!) / (traded * parameters.executionDays);
}

function correlationAfter({ mandate, choice, riskAfter }: Evidence, i: number): number {
  return Math.abs(correlationWithRest(mandate.universe.risk, riskAfter, choice.weights, i));
}

/** Shares: whole lots of a noticeable size, or everything held where that is less. */
function firstOrder(evidence: Evidence, i: number, direction: 1 | -1): number {
  const { lotSize, price, nav, quantity } = evidence.mandate.universe;
  const noticeable = lotSize[i]! * Math.ceil((FIRST_ORDER * nav) / (price[i]! * lotSize[i]!));
  const order = Math.max(noticeable, smallestOrder(evidence, i, direction));
  return direction < 0 && quantity[i]! > 0 ? Math.min(order, quantity[i]!) : order;
}

/** Shares: one order of the least size, or everything held where that is less. */
function smallestOrder({ mandate }: Evidence, i: number, direction: 1 | -1): number {
  const { universe, parameters } = mandate;
  const [lot, price, held] = [universe.lotSize[i]!, universe.price[i]!, universe.quantity[i]!];
  const least = lot * Math.max(1, Math.ceil(parameters.minTradeNotional / (price * lot)));
  return direction < 0 && held > 0 ? Math.min(least, held) : least;
}

function actionOf(direction: 1 | -1): 'BUY' | 'SELL' {
  return direction > 0 ? 'BUY' : 'SELL';
}

function roundUp(value: number): number {
  return Math.ceil(DIGITS * value) / DIGITS;
}
