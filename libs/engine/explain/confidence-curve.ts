import type { CoordinationInput } from '../input.js';
import { type Combination, Combiner } from '../signals/combination.js';
import { type ErrorCorrelations, errorCorrelations } from '../signals/correlated-errors.js';
import type { AcceptedSignal, Synthesis } from '../universe.js';
import type { SignalBook } from './signal-book.js';

/**
 * The expected return of an instrument as a function of one of its signals' effective confidence, everything else as
 * it is. Exact: what all other views say of the instrument follows from its posterior, which a view on it updates like
 * any normal observation.
 */
export class ConfidenceCurve {
  private readonly correlations: ErrorCorrelations;
  private readonly views = new Map<number, Views>();

  constructor(
    { learned }: Pick<CoordinationInput, 'learned'>,
    private readonly synthesis: Synthesis,
    private readonly book: SignalBook,
  ) {
    this.correlations = errorCorrelations(learned);
  }

  /** alpha_i over the horizon as a function of the signal's kappa in (0, 1). */
  alphaOf(signal: AcceptedSignal): (kappa: number) => number {
    const i = signal.instrument;
    const views = this.viewsOn(i);
    const now = combined(views, signal, signal.kappa);
    const precision = 1 / (this.synthesis.posteriorStd[i]! * this.synthesis.posteriorStd[i]!);
    const others = Math.max(0, precision - 1 / now.variance);
    const evidence = this.synthesis.alpha[i]! * precision - now.q / now.variance;
    return (kappa) => {
      const then = combined(views, signal, kappa);
      return (evidence + then.q / then.variance) / (others + 1 / then.variance);
    };
  }

  private viewsOn(i: number): Views {
    const known = this.views.get(i);
    if (known !== undefined) return known;
    const signals = this.book.on(i).map(({ signal }) => signal);
    signals.sort((a, b) => (a.signalId < b.signalId ? -1 : 1));
    const combiner = new Combiner(
      signals.map(({ source }) => source),
      signals.map(({ view }) => view),
      this.correlations,
    );
    const views = { signals, combiner, omega: signals.map(({ viewVariance }) => viewVariance) };
    this.views.set(i, views);
    return views;
  }
}

/** One instrument's accepted signals, ascending by id. */
interface Views {
  readonly signals: readonly AcceptedSignal[];
  readonly combiner: Combiner;
  /** their error variances, overwritten for each kappa that is tried */
  readonly omega: number[];
}

/** The combined view with one signal's kappa changed. */
function combined({ signals, combiner, omega }: Views, changed: AcceptedSignal, kappa: number): Combination {
  const scale = (((1 - kappa) / kappa) * changed.kappa) / (1 - changed.kappa);
  for (let s = 0; s < signals.length; s += 1) {
    const { viewVariance } = signals[s]!;
    omega[s] = signals[s] === changed ? viewVariance * scale : viewVariance;
  }
  return combiner.combine(omega);
}
