import type { DualState } from './dual-state.js';
import { gradientAt, newDualPoint, slopes, termPrices, type DualPoint } from './dual.js';
import { GROSS, INVESTED_MAX, RISK, TURNOVER, type PreparedProblem } from './prepared-problem.js';
import { newResponse, respond, type Response } from './separable.js';

const ROUNDING = 1e-15;

/**
 * A line through a point of the dual function. Along it the slopes q move linearly, so that a trial costs O(n), and the
 * one that is moved to has its responses already.
 */
export class DualSearch {
  /** of the line */
  readonly step: DualPoint;
  private readonly p: PreparedProblem;
  private readonly trialSlopes: Float64Array;
  private trial: Response;
  private trialLength = 0;
  private readonly prices: Float64Array;
  /** dq/dt */
  private readonly moving: Float64Array;
  /** the instruments that a trial has to look at: the first `liveCount` of the list; and what the others contribute */
  private readonly live: Int32Array;
  private liveCount = 0;
  private rest = 0;

  /** @param state moved along the line */
  constructor(private readonly state: DualState) {
    const { p } = state;
    this.p = p;
    this.step = newDualPoint(p);
    this.trialSlopes = new Float64Array(p.n);
    this.trial = newResponse(p.n);
    this.prices = new Float64Array(p.caps.length);
    this.moving = new Float64Array(p.n);
    this.live = new Int32Array(p.n);
  }

  /** Takes the line along `step`. */
  aim(): void {
    slopes(this.p, this.step, this.moving);
    this.live.set(this.p.everyone);
    this.liveCount = this.p.n;
    this.rest = 0;
    this.trialLength = 0;
  }

  /** Of the dual function along the line, at point + t step. */
  derivative(t: number): number {
    const { p, moving, trialSlopes, prices, trial, live, liveCount } = this;
    const { q, point, proximal } = this.state;
    for (let at = 0; at < liveCount; at += 1) {
      const i = live[at]!;
      trialSlopes[i] = q[i]! + t * moving[i]!;
    }
    for (let j = 0; j < prices.length; j += 1) {
      const price = point.prices[j]! + t * this.step.prices[j]!;
      prices[j] = Math.min(p.caps[j]!, Math.max(0, price));
    }
    const charges = termPrices(prices, proximal.weight);
    respond(p, trialSlopes, charges, proximal.center, 0, trial, live, liveCount);
    this.trialLength = t;
    return this.rest + this.contribution(live, liveCount) - this.constants(t);
  }

  /**
   * Trials from here on lie between the point and the last one. Instruments that rest at the same bound or kink at both
   * do so all along the line between, as what they respond to is linear in t.
   */
  narrow(): void {
    const { p, trial, live } = this;
    const { w, compliance } = this.state.value.response;
    const resting = new Int32Array(p.n);
    let count = 0;
    this.liveCount = 0;
    for (let i = 0; i < p.n; i += 1) {
      if (compliance[i] === 0 && trial.compliance[i] === 0 && w[i] === trial.w[i]) resting[count++] = i;
      else live[this.liveCount++] = i;
    }
    this.rest = this.contribution(resting, count);
  }

  /** Moves to point + t step. */
  move(t: number): void {
    if (t !== this.trialLength) this.derivative(t);
    const { p, step, trial, moving } = this;
    const { point, value, q, proximal } = this.state;
    for (let j = 0; j < p.k; j += 1) point.factors[j]! += t * step.factors[j]!;
    for (let i = 0; i < p.n; i += 1) q[i]! += t * moving[i]!;
    point.prices.set(this.prices);
    this.state.isExact = false;
    addMoves(p, value.response.w, trial.w, value.exposures);
    [value.response, this.trial] = [trial, value.response];
    gradientAt(p, point, proximal, value);
  }

  /** The root mean square of how far the slopes are from here to t along the line. */
  distance(t: number): number {
    let squares = 0;
    for (let i = 0; i < this.p.n; i += 1) squares += this.moving[i]! * this.moving[i]!;
    return t * Math.sqrt(squares / this.p.n);
  }

  /** Whether a step to t is no more than what rounding makes of none. Slopes are of size one. */
  isStill(t: number): boolean {
    const { step } = this;
    const { point } = this.state;
    return (
      this.distance(t) < ROUNDING &&
      step.prices.every((change, j) => t * Math.abs(change) < ROUNDING * (1 + point.prices[j]!))
    );
  }

  /** sum w_i dq_i, and the limits whose gradients depend on w, over the listed instruments */
  private contribution(list: Int32Array, count: number): number {
    const { p, moving, trial } = this;
    const step = this.step.prices;
    const [turnover, risk, paidStep, gross] = [step[TURNOVER]!, step[RISK]! / 2, step[INVESTED_MAX]!, step[GROSS]!];
    let sum = 0;
    for (let at = 0; at < count; at += 1) {
      const i = list[at]!;
      const w = trial.w[i]!;
      const size = Math.abs(trial.x[i]!);
      sum += w * moving[i]! + turnover * size + risk * p.specific[i]! * w * w + gross * Math.abs(w);
      if (paidStep !== 0 && size > 0) sum += paidStep * (p.paidLinear[i]! + p.paidImpact[i]! * Math.sqrt(size)) * size;
    }
    return sum;
  }

  private constants(t: number): number {
    const { p } = this;
    const { point, proximal } = this.state;
    const step = this.step.prices;
    const weight = p.gamma + this.prices[RISK]! + proximal.weight;
    let [sum, squares] = [0, 0];
    for (let j = 0; j < p.k; j += 1) {
      const dual = point.factors[j]! + t * this.step.factors[j]!;
      const v = (p.gamma * p.target[j]! + proximal.weight * proximal.exposures[j]! + dual) / weight;
      sum += this.step.factors[j]! * v;
      squares += v * v;
    }
    sum -= (step[RISK]! / 2) * squares;
    for (let j = 0; j < step.length; j += 1) sum += step[j]! * p.bounds[j]!;
    return sum;
  }
}

/** sums += B'(after - before) */
function addMoves({ n, k, loadings }: PreparedProblem, before: Float64Array, after: Float64Array, sums: Float64Array) {
  for (let i = 0; i < n; i += 1) {
    const change = after[i]! - before[i]!;
    if (change !== 0) for (let j = 0, at = i * k; j < k; j += 1, at += 1) sums[j]! += loadings[at]! * change;
  }
}
