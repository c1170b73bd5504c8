import type { RejectedSignal } from '../result.js';
import type { BreakEven } from './break-even.js';
import { counterfactual } from './counterfactual.js';
import type { Evidence, Refusal } from './refusal.js';
import { refusalOf, refusalOfHold } from './refusal.js';
import { refusalSentence } from './refusal-sentence.js';
import type { BookedSignal } from './signal-book.js';
import type { WithoutLimit } from './without-limit.js';

const BASIS_POINTS = 1e4;

/**
 * Every signal whose instrument does not end up traded in its direction, in the order of the request, with the reason.
 * A HOLD signal asks for no trade: it is refused where its instrument trades.
 *
 * @param shadowPrices by the names of the limits
 */
export function rejectedSignals(
  evidence: Evidence,
  withoutLimits: ReadonlyMap<string, WithoutLimit>,
  shadowPrices: ReadonlyMap<string, number>,
): RejectedSignal[] {
  const { synthesis } = evidence.mandate;
  const rejected: { position: number; rejection: RejectedSignal }[] = [];
  for (const { position, signalId, source, instrumentId, code, reason } of synthesis.screened) {
    rejected.push({ position, rejection: { signalId, source, instrumentId, code, reason } });
  }
  for (const instrument of evidence.book.instruments()) {
    for (const booked of evidence.book.on(instrument)) {
      const rejection = rejectionOf(evidence, booked, withoutLimits, shadowPrices);
      if (rejection !== null) rejected.push({ position: booked.signal.position, rejection });
    }
  }
  return rejected.sort((a, b) => a.position - b.position).map(({ rejection }) => rejection);
}

function rejectionOf(
  evidence: Evidence,
  { signal, contribution }: BookedSignal,
  withoutLimits: ReadonlyMap<string, WithoutLimit>,
  shadowPrices: ReadonlyMap<string, number>,
): RejectedSignal | null {
  const { mandate, marginals } = evidence;
  const { instrument: i, direction } = signal;
  const refusal = direction === 0 ? refusalOfHold(evidence, i) : refusalOf(evidence, i, direction);
  if (refusal === null) return null;
  const needed = direction === 0 ? undefined : marginals.breakEven(i, direction);
  const instead = direction === 0 ? undefined : counterfactual(evidence, signal, refusal, withoutLimits);
  const shadowPrice = refusal.limit === undefined ? undefined : priceOf(evidence, i, refusal, shadowPrices);
  return {
    signalId: signal.signalId,
    source: signal.source,
    instrumentId: mandate.universe.ids[i]!,
    code: refusal.code,
    reason: refusalSentence(evidence, signal, contribution, refusal, needed),
    ...(needed === undefined ? {} : { shortfall: shortfallOf(needed, direction * mandate.alpha[i]!) }),
    ...(instead === undefined ? {} : { counterfactual: instead }),
    ...(shadowPrice === undefined ? {} : { shadowPrice }),
  };
}

function priceOf(
  { marginals }: Evidence,
  i: number,
  { limit }: Refusal,
  shadowPrices: ReadonlyMap<string, number>,
): number {
  return shadowPrices.get(limit!) ?? marginals.boundPrice(i);
}

/** The parts are rounded to the last bit once, so that what is reported adds up in the order marginal risk, limits, cost. */
function shortfallOf(needed: BreakEven, expected: number): NonNullable<RejectedSignal['shortfall']> {
  const marginalRiskBps = BASIS_POINTS * needed.marginalRisk;
  const limits: Record<string, number> = {};
  for (const [name, price] of Object.entries(needed.limits)) limits[name] = BASIS_POINTS * price;
  if (needed.rebalance !== 0) limits['rebalance'] = BASIS_POINTS * needed.rebalance;
  const costBps = BASIS_POINTS * (needed.cost + needed.tax);
  const breakEvenBps = Object.values(limits).reduce((sum, price) => sum + price, marginalRiskBps) + costBps;
  return { marginalRiskBps, limits, costBps, breakEvenBps, alphaBps: BASIS_POINTS * expected };
}
