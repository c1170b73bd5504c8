import {
  completeDual,
  evaluateDual,
  newDualValue,
  termPrices,
  type DualPoint,
  type DualValue,
  type Proximal,
} from './dual.js';
import type { PreparedProblem } from './prepared-problem.js';
import { newResponse, respond, type Response } from './separable.js';

/** A point of the dual function with what the function is there. */
export class DualState {
  readonly value: DualValue;
  /** slopes of the instruments at the point, n */
  readonly q: Float64Array;
  /** whether the slopes were computed at the point, and not added up on the way to it */
  isExact = true;
  private window: Response | undefined;

  /** @param point changed in place */
  constructor(
    public p: PreparedProblem,
    readonly point: DualPoint,
    readonly proximal: Proximal,
  ) {
    this.value = newDualValue(p);
    this.q = new Float64Array(p.n);
    evaluateDual(p, point, this.q, proximal, this.value);
  }

  /** Goes to another point, wherever that is. */
  jump({ factors, prices }: DualPoint): void {
    this.point.factors.set(factors);
    this.point.prices.set(prices);
    evaluateDual(this.p, this.point, this.q, this.proximal, this.value);
    this.isExact = true;
  }

  /** Stays at the point in a problem that differs in alpha alone. */
  exchange(p: PreparedProblem): void {
    this.p = p;
    if (this.isExact) completeDual(p, this.point, this.q, this.proximal, this.value);
    else this.jump(this.point);
  }

  /**
   * The response averaged over slopes within a width of the point's; overwritten by the next. A Newton step on the dual
   * function looks no further than the next kink, of which linear costs and bounds bring thousands; one on its average
   * over a window of the step's own size sees past them, and in a window without a kink is the Newton step itself
   * (smoothing Newton methods: Chen, Qi and Sun, Math. Comp. 67, 1998, with a uniform kernel).
   */
  averagedOver(width: number): Response {
    const { p, proximal } = this;
    const prices = termPrices(this.point.prices, proximal.weight);
    this.window ??= newResponse(p.n);
    respond(p, this.q, prices, proximal.center, width, this.window, p.everyone, p.n);
    return this.window;
  }
}
