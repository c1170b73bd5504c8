import { evaluateDual, gradientAt, newDualPoint, newDualValue, termPrices } from './dual.js';
import { slopes, type DualPoint, type DualValue, type Proximal } from './dual.js';
import { GROSS, INVESTED_MAX, RISK, TURNOVER, type PreparedProblem } from './prepared-problem.js';
import { newResponse, respond, type Response } from './separable.js';
import { averageResponse } from './window.js';

/**
 * A point of the dual function with what the function is there, and a line through it. Along a line the slopes q move
 * linearly, so that a trial costs O(n), and the one that is moved to has its responses already.
 */
export class DualSearch {
  readonly value: DualValue;
  /** of the line */
  readonly step: DualPoint;
  private q: Float64Array;
  private trialSlopes: Float64Array;
  private trial: Response;
  private trialLength = 0;
  private readonly prices: Float64Array;
  /** dq/dt */
  private readonly moving: Float64Array;
  private readonly window: Response;

  /** @param point changed in place */
  constructor(
    private readonly p: PreparedProblem,
    readonly point: DualPoint,
    private readonly proximal: Proximal,
  ) {
    this.value = newDualValue(p);
    this.step = newDualPoint(p);
    this.q = new Float64Array(p.n);
    this.trialSlopes = new Float64Array(p.n);
    this.trial = newResponse(p.n);
    this.prices = new Float64Array(p.caps.length);
    this.moving = new Float64Array(p.n);
    this.window = newResponse(p.n);
    evaluateDual(p, point, this.q, proximal, this.value);
  }

  /** The response averaged over slopes within a width; overwritten by the next. */
  averagedOver(width: number): Response {
    const scratch = { slopes: this.trialSlopes, response: this.trial };
    averageResponse(this.p, this.q, width, this.point, this.proximal, scratch, this.window);
    return this.window;
  }

  /** Takes the line along `step`. */
  aim(): void {
    slopes(this.p, this.step, this.moving);
    this.trialLength = 0;
  }

  /** Of the dual function along the line, at point + t step. */
  derivative(t: number): number {
    const { p, q, moving, trialSlopes, prices, trial } = this;
    for (let i = 0; i < p.n; i += 1) trialSlopes[i] = q[i]! + t * moving[i]!;
    for (let j = 0; j < prices.length; j += 1) {
      const price = this.point.prices[j]! + t * this.step.prices[j]!;
      prices[j] = Math.min(p.caps[j]!, Math.max(0, price));
    }
    respond(p, trialSlopes, termPrices(prices, this.proximal.weight), this.proximal.center, trial);
    this.trialLength = t;
    return this.instruments() - this.constants(t);
  }

  /** Moves to point + t step. */
  move(t: number): void {
    if (t !== this.trialLength) this.derivative(t);
    const { p, point, step, value, trial, q } = this;
    for (let j = 0; j < p.k; j += 1) point.factors[j]! += t * step.factors[j]!;
    point.prices.set(this.prices);
    addMoves(p, value.response.w, trial.w, value.exposures);
    [value.response, this.trial] = [trial, value.response];
    [this.q, this.trialSlopes] = [this.trialSlopes, q];
    gradientAt(p, point, this.proximal, value);
  }

  /** The root mean square of how far the slopes are from here to t along the line. */
  distance(t: number): number {
    let squares = 0;
    for (let i = 0; i < this.p.n; i += 1) squares += this.moving[i]! * this.moving[i]!;
    return t * Math.sqrt(squares / this.p.n);
  }

  /** sum w_i dq_i, and the limits whose gradients depend on w */
  private instruments(): number {
    const { p, moving, trial } = this;
    const step = this.step.prices;
    const [turnover, risk, paidStep, gross] = [step[TURNOVER]!, step[RISK]! / 2, step[INVESTED_MAX]!, step[GROSS]!];
    let sum = 0;
    for (let i = 0; i < p.n; i += 1) {
      const w = trial.w[i]!;
      const size = Math.abs(trial.x[i]!);
      sum += w * moving[i]! + turnover * size + risk * p.specific[i]! * w * w + gross * Math.abs(w);
      if (paidStep !== 0 && size > 0) sum += paidStep * (p.paidLinear[i]! + p.paidImpact[i]! * Math.sqrt(size)) * size;
    }
    return sum;
  }

  private constants(t: number): number {
    const { p, point, proximal } = this;
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
