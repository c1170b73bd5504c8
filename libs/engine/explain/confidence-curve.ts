import type { CoordinationInput } from '../input.js';
import { combineViews } from '../signals/combination.js';
import { type ErrorCorrelations, errorCorrelations } from '../signals/correlated-errors.js';
import type { View } from '../signals/views.js';
import type { AcceptedSignal, Synthesis } from '../universe.js';
import type { SignalBook } from './signal-book.js';

/**
 * The expected return of an instrument as a function of one of its signals' effective confidence, everything else as
 * it is. Exact: what all other views say of the instrument follows from its posterior, which a view on it updates like
 * any normal observation.
 */
export class ConfidenceCurve {
  private readonly correlations: ErrorCorrelations;

  constructor(
    private readonly input: CoordinationInput,
    private readonly synthesis: Synthesis,
    private readonly book: SignalBook,
  ) {
    this.correlations = errorCorrelations(input.learned);
  }

  /** alpha_i over the horizon as a function of the signal's kappa in (0, 1). */
  alphaOf(signal: AcceptedSignal): (kappa: number) => number {
    const i = signal.instrument;
    const now = this.combined(i, signal, signal.kappa);
    const precision = 1 / (this.synthesis.posteriorStd[i]! * this.synthesis.posteriorStd[i]!);
    const others = Math.max(0, precision - 1 / now.variance);
    const evidence = this.synthesis.alpha[i]! * precision - now.q / now.variance;
    return (kappa) => {
      const then = this.combined(i, signal, kappa);
      return (evidence + then.q / then.variance) / (others + 1 / then.variance);
    };
  }

  private combined(i: number, changed: AcceptedSignal, kappa: number) {
    const views = this.book.on(i).map(({ signal }): View => {
      const { position, direction, view, viewVariance } = signal;
      const scale = signal === changed ? (((1 - kappa) / kappa) * signal.kappa) / (1 - signal.kappa) : 1;
      return {
        live: { position, signal: this.input.signals[position]!, instrument: i, kappa: signal.kappa, priority: 1 },
        direction,
        q: view,
        omega: viewVariance * scale,
      };
    });
    return combineViews(i, views, this.correlations);
  }
}
