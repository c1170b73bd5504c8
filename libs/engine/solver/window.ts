import { termPrices, type DualPoint, type Proximal } from './dual.js';
import type { PreparedProblem } from './prepared-problem.js';
import { respond, type Response } from './separable.js';

/**
 * How the instruments respond on average over slopes within `width` of q: the means of the weights and trades at both
 * ends, and as compliance the slope of the chord between them. A Newton step on the dual function looks no further than
 * the next kink, of which linear costs and bounds bring thousands; one on its average over a window of the step's own
 * size sees past them, and in a window without a kink is the Newton step itself (smoothing Newton methods: Chen, Qi and
 * Sun, Math. Comp. 67, 1998, with a uniform kernel).
 *
 * @param scratch, out overwritten
 */
export function averageResponse(
  p: PreparedProblem,
  q: Float64Array,
  width: number,
  point: DualPoint,
  proximal: Proximal,
  scratch: { readonly slopes: Float64Array; readonly response: Response },
  out: Response,
): void {
  const prices = termPrices(point.prices, proximal.weight);
  const { slopes, response: far } = scratch;
  for (let i = 0; i < p.n; i += 1) slopes[i] = q[i]! - width;
  respond(p, slopes, prices, proximal.center, out);
  for (let i = 0; i < p.n; i += 1) slopes[i] = q[i]! + width;
  respond(p, slopes, prices, proximal.center, far);
  const { w, x, compliance } = out;
  for (let i = 0; i < p.n; i += 1) {
    compliance[i] = (x[i]! - far.x[i]!) / (2 * width);
    w[i] = (w[i]! + far.w[i]!) / 2;
    x[i] = (x[i]! + far.x[i]!) / 2;
  }
}
