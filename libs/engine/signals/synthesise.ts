import type { CoordinationInput, LearnedState } from '../input.js';
import { normalCdf } from '../numerics/index.js';
import type { AcceptedSignal, Synthesis, Universe } from '../universe.js';
import { calibrated } from './calibrated.js';
import { posterior } from './black-litterman.js';
import { type CombinedView, combineViews } from './combination.js';
import { errorCorrelations } from './correlated-errors.js';
import { type LiveSignal, screenSignals } from './screening.js';
import { type View, viewOf } from './views.js';

/** the largest number below 1 */
const BELOW_ONE = 1 - 1.1102230246251565e-16;

/**
 * From the request's signals to expected returns (model, section 2): screening, one combined view on each signalled
 * instrument, Black-Litterman across instruments. alpha is linear in the views, so that every signal's contribution is exact.
 * The order of the signals in the request changes nothing but the order of `accepted` and `screened` and which of two signals of one
 * id counts.
 */
export function synthesise(input: CoordinationInput, universe: Universe): Synthesis {
  const { horizonDays } = input.parameters;
  const { live, screened } = screenSignals(input, universe);
  const combined = combine(live, universe, horizonDays, input);
  const { alpha, std, sensitivity } = posterior(universe.risk, combined, horizonDays);
  const { accepted, combinedOf } = acceptedInOrder(combined);
  return {
    alpha,
    posteriorStd: std,
    score: alpha.map((value, i) => value / (universe.sigma[i]! * Math.sqrt(horizonDays))),
    confidence: alpha.map((value, i) => confidence(value, std[i]!, input.learned.calibration)),
    accepted,
    screened,
    warnings: warningsOf(combined, universe),
    contributionTo: (signal, instrument) => {
      const { weight, view } = accepted[signal]!;
      return weight * view * sensitivity(instrument, combinedOf[signal]!);
    },
  };
}

/** One view an instrument, ascending by instrument. */
function combine(
  live: readonly LiveSignal[],
  universe: Universe,
  horizonDays: number,
  input: CoordinationInput,
): readonly CombinedView[] {
  const byInstrument = new Map<number, View[]>();
  for (const signal of live) {
    const views = byInstrument.get(signal.instrument) ?? [];
    views.push(viewOf(signal, universe.sigma[signal.instrument]!, horizonDays, input.learned.zeta));
    byInstrument.set(signal.instrument, views);
  }
  const learned = errorCorrelations(input.learned);
  return [...byInstrument.keys()]
    .sort((a, b) => a - b)
    .map((instrument) => combineViews(instrument, byInstrument.get(instrument)!, learned));
}

/** The accepted signals in the order of the request, and for each the combined view that it is part of. */
function acceptedInOrder(combined: readonly CombinedView[]) {
  const entries = combined.flatMap(({ instrument, views, weights }, v) =>
    views.map((view, s) => ({ v, signal: acceptedSignal(view, instrument, weights[s]!) })),
  );
  entries.sort((a, b) => a.signal.position - b.signal.position);
  return { accepted: entries.map((entry) => entry.signal), combinedOf: entries.map((entry) => entry.v) };
}

function acceptedSignal({ live, direction, q, omega }: View, instrument: number, weight: number): AcceptedSignal {
  return {
    position: live.position,
    signalId: live.signal.signalId,
    source: live.signal.source,
    instrument,
    direction,
    kappa: live.kappa,
    view: q,
    viewVariance: omega,
    weight,
  };
}

/** Phi(|alpha| / s) through the calibration, below 1; one half where nothing is known or nothing is uncertain and alpha is 0. */
function confidence(alpha: number, std: number, calibration: LearnedState['calibration']): number {
  if (alpha === 0) return 0.5;
  const stated = normalCdf(Math.abs(alpha) / std);
  return Math.min(calibration === undefined ? stated : calibrated(stated, calibration.points), BELOW_ONE);
}

function warningsOf(combined: readonly CombinedView[], universe: Universe): readonly string[] {
  const damped = combined.filter((view) => view.damped).map((view) => universe.ids[view.instrument]);
  if (damped.length === 0) return [];
  return [
    `The learned error correlations of the sources do not fit together on ${damped.length} instrument${damped.length === 1 ? '' : 's'} (first ${damped[0]}): they were drawn toward the prior of 0.2 there.`,
  ];
}
