import type { LiveSignal } from './screening.js';
import { horizonOf } from './confidence.js';

/** Information coefficient times score scale of a signal of full strength (Grinold 1994: alpha = IC * volatility * score). */
const ZETA = 0.5;
/** scale of the prior covariance (He and Litterman 1999) */
export const TAU = 0.05;
/** a view is clamped to this many standard deviations over its own horizon */
const MAX_SCORE = 3;

/** A live signal as a view on its instrument's return over the coordination horizon. */
export interface View {
  readonly live: LiveSignal;
  readonly direction: 1 | -1 | 0;
  /** q, expected return over the coordination horizon */
  readonly q: number;
  /** omega, error variance of q */
  readonly omega: number;
}

/**
 * q = expected_return, or d x zeta sigma sqrt(h_s); clamped to +-3 sigma sqrt(h_s); scaled by min(1, h / h_s).
 * omega = tau h sigma^2 (1 - kappa) / kappa / pi (Idzorek 2005).
 *
 * @param sigma the instrument's volatility of one day, > 0
 * @param horizonDays h, trading days
 * @param zeta learned scale of views without an expected return
 */
export function viewOf(live: LiveSignal, sigma: number, horizonDays: number, zeta = ZETA): View {
  const { signal, kappa, priority } = live;
  const direction = signal.action === 'BUY' ? 1 : signal.action === 'SELL' ? -1 : 0;
  const ownHorizon = horizonOf(signal);
  const deviation = sigma * Math.sqrt(ownHorizon);
  const stated = signal.expectedReturn ?? direction * signal.strength * zeta * deviation;
  const clamped = Math.min(Math.max(stated, -MAX_SCORE * deviation), MAX_SCORE * deviation);
  return {
    live,
    direction,
    q: clamped * Math.min(1, horizonDays / ownHorizon),
    omega: (TAU * horizonDays * sigma * sigma * (1 - kappa)) / kappa / priority,
  };
}
