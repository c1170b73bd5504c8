import type { CoordinationInput, LearnedState, Signal } from '../input.js';
import type { ScreenedSignal, ScreeningCode, Universe } from '../universe.js';
import { ageDays, effectiveConfidence, halfLifeOf, horizonOf, priorityWeight } from './confidence.js';

/** A signal that passed, with its place in the request and in the universe. */
export interface LiveSignal {
  readonly position: number;
  readonly signal: Signal;
  readonly instrument: number;
  readonly kappa: number;
  /** pi > 0 */
  readonly priority: number;
}

export interface Screening {
  /** in the order of the request */
  readonly live: readonly LiveSignal[];
  /** in the order of the request */
  readonly screened: readonly ScreenedSignal[];
}

const CLOCK_SKEW_MS = 5_000;
const LIFETIME_HALF_LIVES = 4;
/** below it a view's variance would overflow: the signal says nothing */
const NO_CONFIDENCE = 1e-12;

interface Refusal {
  readonly code: ScreeningCode;
  readonly reason: string;
}

/**
 * Sorts the request's signals into live ones and refused ones, each with the first reason that applies (model, section 2).
 * `DUPLICATE` looks at the whole list: a later signal of the same source, instrument and horizon supersedes an
 * earlier one even where it is itself refused, for its source has then spoken again. A signal whose entry in
 * `priority_weights` is 0 carries no weight and may not open a trade: `LOW_CONFIDENCE`.
 */
export function screenSignals(input: CoordinationInput, universe: Universe): Screening {
  const live: LiveSignal[] = [];
  const screened: ScreenedSignal[] = [];
  const topics = input.signals.map(topicOf);
  const latest = latestByTopic(input.signals, topics);
  const restricted = new Set(input.parameters.restricted);
  const seen = new Set<string>();
  input.signals.forEach((signal, position) => {
    const kappa = effectiveConfidence(signal, input.asOf, input.learned, universe.risk.regime);
    const priority = priorityWeight(signal, input.parameters.priorityWeights);
    const instrument = universe.index.get(signal.instrumentId);
    const refusal =
      duplicate(signal, seen, latest.get(topics[position]!)!) ??
      untimely(signal, input.asOf, input.learned) ??
      barred(signal, instrument, restricted) ??
      weak(signal, kappa, priority, input.parameters.confidenceFloor);
    seen.add(signal.signalId);
    if (refusal === undefined && instrument !== undefined) {
      live.push({ position, signal, instrument, kappa, priority });
    } else if (refusal !== undefined) {
      const { signalId, source, instrumentId } = signal;
      screened.push({ position, signalId, source, instrumentId, ...refusal });
    }
  });
  return { live, screened };
}

/** One text for each source, instrument and horizon: the length tells where the source's name ends. */
function topicOf(signal: Signal): string {
  return `${horizonOf(signal)} ${signal.source.length} ${signal.source}${signal.instrumentId}`;
}

function latestByTopic(signals: readonly Signal[], topics: readonly string[]): ReadonlyMap<string, Signal> {
  const latest = new Map<string, Signal>();
  signals.forEach((signal, s) => {
    const best = latest.get(topics[s]!);
    if (best === undefined || isLater(signal, best)) latest.set(topics[s]!, signal);
  });
  return latest;
}

/** Ties go to the greater signal_id, in code units. */
function isLater(a: Signal, b: Signal): boolean {
  return a.generatedAt === b.generatedAt ? a.signalId > b.signalId : a.generatedAt > b.generatedAt;
}

function duplicate(signal: Signal, seen: ReadonlySet<string>, last: Signal): Refusal | undefined {
  if (seen.has(signal.signalId)) {
    return { code: 'DUPLICATE', reason: `The list has an earlier signal with the id ${signal.signalId}.` };
  }
  if (!isLater(last, signal)) return undefined;
  return {
    code: 'DUPLICATE',
    reason: `${signal.source} spoke of ${signal.instrumentId} over ${horizonOf(signal)} days again, later, in ${last.signalId}.`,
  };
}

function untimely(signal: Signal, asOf: number, learned: LearnedState): Refusal | undefined {
  const ahead = signal.generatedAt - asOf;
  if (ahead > CLOCK_SKEW_MS) {
    return {
      code: 'FROM_FUTURE',
      reason: `Generated ${rounded(ahead / 1000)} s after as_of; at most 5 s are allowed.`,
    };
  }
  if (signal.expiresAt !== undefined && asOf > signal.expiresAt) {
    return { code: 'EXPIRED', reason: `Expired ${rounded((asOf - signal.expiresAt) / 3_600_000)} hours before as_of.` };
  }
  const age = ageDays(signal, asOf);
  const lifetime = LIFETIME_HALF_LIVES * halfLifeOf(signal, learned);
  if (age <= lifetime) return undefined;
  return { code: 'EXPIRED', reason: `${rounded(age)} days old; four half-lives are ${rounded(lifetime)} days.` };
}

function barred(signal: Signal, instrument: number | undefined, restricted: ReadonlySet<string>): Refusal | undefined {
  if (instrument === undefined) {
    return { code: 'UNKNOWN_INSTRUMENT', reason: `No price is known of ${signal.instrumentId}.` };
  }
  if (!restricted.has(signal.instrumentId)) return undefined;
  return { code: 'RESTRICTED', reason: `${signal.instrumentId} is on the list of restricted instruments.` };
}

function weak(signal: Signal, kappa: number, priority: number, floor: number): Refusal | undefined {
  if (priority < NO_CONFIDENCE) {
    return { code: 'LOW_CONFIDENCE', reason: `Switched off: the entry of ${signal.source} in priority_weights is 0.` };
  }
  if (kappa >= Math.max(floor, NO_CONFIDENCE)) return undefined;
  return {
    code: 'LOW_CONFIDENCE',
    reason: `Effective confidence ${rounded(kappa)} is below the floor of ${rounded(floor)}.`,
  };
}

/** three significant digits, for sentences */
function rounded(value: number): string {
  return String(Number(value.toPrecision(3)));
}
