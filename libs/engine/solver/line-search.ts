import { slopes, termPrices, type DualPoint, type Proximal } from './dual.js';
import { GROSS, INVESTED_MAX, RISK, TURNOVER, type PreparedProblem } from './prepared-problem.js';
import { respond, type Response } from './separable.js';

const TRIALS_MAX = 24;
/** A step is taken when the derivative along it has fallen to this share of its start. */
const SUFFICIENT = 0.25;
const STEP_MAX = 1e6;

/**
 * Finds a step length along an ascent direction of the dual function where its derivative is about zero, by doubling
 * and safeguarded secants. A trial costs O(n): the slopes q move linearly along the direction.
 *
 * @param q the slopes at the point, n
 * @param slope the derivative at length 0, positive
 * @param longest the length at which a price leaves its range
 * @param scratch overwritten
 */
export function lineSearch(
  p: PreparedProblem,
  point: DualPoint,
  step: DualPoint,
  q: Float64Array,
  slope: number,
  longest: number,
  proximal: Proximal,
  scratch: Response,
): number {
  const line = new Line(p, point, step, q, proximal, scratch);
  const end = Math.min(longest, STEP_MAX);
  let [low, slopeLow] = [0, slope];
  let high = Math.min(1, end);
  let slopeHigh = line.derivative(high);
  let trials = 1;
  while (slopeHigh > SUFFICIENT * slope && high < end && trials < TRIALS_MAX) {
    [low, slopeLow] = [high, slopeHigh];
    high = Math.min(high * 3, end);
    slopeHigh = line.derivative(high);
    trials += 1;
  }
  if (slopeHigh >= -SUFFICIENT * slope) return high;
  for (; trials < TRIALS_MAX; trials += 1) {
    const secant = low + ((high - low) * slopeLow) / (slopeLow - slopeHigh);
    const margin = 0.05 * (high - low);
    const middle = Math.min(high - margin, Math.max(low + margin, secant));
    const slopeMiddle = line.derivative(middle);
    if (Math.abs(slopeMiddle) <= SUFFICIENT * slope) return middle;
    if (slopeMiddle > 0) [low, slopeLow] = [middle, slopeMiddle];
    else [high, slopeHigh] = [middle, slopeMiddle];
  }
  return low > 0 ? low : high;
}

/** The dual function along point + t step. */
class Line {
  private readonly moving: Float64Array;
  private readonly trial: Float64Array;
  private readonly prices: Float64Array;

  constructor(
    private readonly p: PreparedProblem,
    private readonly point: DualPoint,
    private readonly step: DualPoint,
    private readonly q: Float64Array,
    private readonly proximal: Proximal,
    private readonly scratch: Response,
  ) {
    this.moving = new Float64Array(p.n);
    this.trial = new Float64Array(p.n);
    this.prices = new Float64Array(p.caps.length);
    slopes(p, step, this.moving);
  }

  derivative(t: number): number {
    const { p, moving, trial, prices, scratch } = this;
    for (let i = 0; i < p.n; i += 1) trial[i] = this.q[i]! + t * moving[i]!;
    for (let j = 0; j < prices.length; j += 1) {
      const price = this.point.prices[j]! + t * this.step.prices[j]!;
      prices[j] = Math.min(p.caps[j]!, Math.max(0, price));
    }
    respond(p, trial, termPrices(prices, this.proximal.weight), this.proximal.center, scratch);
    return this.instruments() - this.constants(t);
  }

  /** sum w_i dq_i, and the limits whose gradients depend on w */
  private instruments(): number {
    const { p, moving, scratch } = this;
    const step = this.step.prices;
    const [turnover, risk, paidStep, gross] = [step[TURNOVER]!, step[RISK]! / 2, step[INVESTED_MAX]!, step[GROSS]!];
    let sum = 0;
    for (let i = 0; i < p.n; i += 1) {
      const w = scratch.w[i]!;
      const size = Math.abs(scratch.x[i]!);
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

/** How far the prices can go along a step before one leaves its range; Infinity where none does. */
export function longestStep(prices: Float64Array, step: Float64Array, caps: Float64Array): number {
  let longest = Infinity;
  for (let j = 0; j < prices.length; j += 1) {
    if (step[j]! < 0) longest = Math.min(longest, prices[j]! / -step[j]!);
    else if (step[j]! > 0) longest = Math.min(longest, (caps[j]! - prices[j]!) / step[j]!);
  }
  return longest;
}
