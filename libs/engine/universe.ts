import type { Regime, TaxLot } from './input.js';

/**
 * The instruments of one coordination in a fixed order (ascending by id, code-unit order) and everything known of each.
 * Arrays have length n. Built by risk/universe from the input, read by every later step.
 */
export interface Universe {
  readonly n: number;
  readonly ids: readonly string[];
  readonly index: ReadonlyMap<string, number>;
  readonly price: Float64Array;
  /** sigma_i of section 2: the volatility field where given, else sqrt(Sigma_ii); one day */
  readonly sigma: Float64Array;
  /** shares a day; Infinity where unknown (no liquidity limit, no impact) */
  readonly adv: Float64Array;
  readonly halfSpread: Float64Array;
  readonly sector: readonly (string | null)[];
  readonly lotSize: Float64Array;
  /** shares held, open orders included as if filled */
  readonly quantity: Float64Array;
  readonly taxLots: readonly (readonly TaxLot[])[];
  /** cash after open orders */
  readonly cash: number;
  readonly nav: number;
  /** w0 = quantity * price / nav */
  readonly w0: Float64Array;
  readonly risk: RiskView;
  /** sentences for the response: priors used, matrices repaired */
  readonly warnings: readonly string[];
}

/** Daily covariance of the universe in factor form with F already multiplied in: Sigma = L L' + diag(specific). */
export interface RiskView {
  readonly id: string;
  readonly source: 'REQUEST_FACTOR_MODEL' | 'REQUEST_CORRELATION' | 'STORE' | 'PRIOR';
  readonly regime: Regime;
  readonly n: number;
  readonly k: number;
  /** row-major n x k */
  readonly loadings: Float64Array;
  readonly specific: Float64Array;
}

/** What the signals say together (section 2). Arrays have the universe's length and order. */
export interface Synthesis {
  /** expected return over the coordination horizon */
  readonly alpha: Float64Array;
  /** s_i, posterior standard deviation over the horizon */
  readonly posteriorStd: Float64Array;
  /** alpha_i / (sigma_i sqrt h) */
  readonly score: Float64Array;
  /** Phi(|alpha_i| / s_i) through the calibration map */
  readonly confidence: Float64Array;
  readonly accepted: readonly AcceptedSignal[];
  /** screened out, in the order of the request */
  readonly screened: readonly ScreenedSignal[];
  /** sentences for the response: learned error correlations that did not fit together */
  readonly warnings: readonly string[];
  /** contribution of accepted signal s to alpha_i: alpha_i = sum_s contributionTo(s, i), exact */
  contributionTo(accepted: number, instrument: number): number;
}

export interface AcceptedSignal {
  /** position in the request's list */
  readonly position: number;
  readonly signalId: string;
  readonly source: string;
  /** index in the universe */
  readonly instrument: number;
  readonly direction: 1 | -1 | 0;
  readonly kappa: number;
  readonly view: number;
  readonly viewVariance: number;
  /** weight of this signal within its instrument's combined view */
  readonly weight: number;
}

export interface ScreenedSignal {
  readonly position: number;
  readonly signalId: string;
  readonly source: string;
  readonly instrumentId: string;
  readonly code: ScreeningCode;
  readonly reason: string;
}

export type ScreeningCode =
  'DUPLICATE' | 'FROM_FUTURE' | 'EXPIRED' | 'UNKNOWN_INSTRUMENT' | 'RESTRICTED' | 'LOW_CONFIDENCE';
