import type { Kink, PreparedProblem } from './prepared-problem.js';

/** What the limits charge on an instrument's own term, and the proximal term around `center`. */
export interface TermPrices {
  turnover: number;
  risk: number;
  /** of cash, which the costs paid also use */
  paid: number;
  gross: number;
  /** proximal/2 (w - center)^2 is added to every term */
  proximal: number;
}

/** The minimisers of the instruments' terms, and how fast they move. n entries each. */
export interface Response {
  readonly w: Float64Array;
  readonly x: Float64Array;
  /** -dw/dq: 1 over the second derivative, 0 on a bound or a kink */
  readonly compliance: Float64Array;
}

export function newResponse(n: number): Response {
  return { w: new Float64Array(n), x: new Float64Array(n), compliance: new Float64Array(n) };
}

/**
 * Minimises, for each instrument by itself, over the box of x = w - w0,
 *
 *   q w - alpha x + curvature/2 (w-b)^2 + risk/2 d w^2 + proximal/2 (w-center)^2 + (cost + turnover + paid p) |x|
 *   + (impact + paid p') |x|^1.5 + tax + gross |w|
 *
 * in closed form: with t = sqrt|x| the derivative on either side of zero is a quadratic in t.
 *
 * With a width it answers with the average over slopes within that of q instead: the means of the answers at both ends,
 * and as compliance the slope of the chord between them.
 *
 * @param q slopes that the multipliers and the factor exposures' dual give each w_i
 * @param out overwritten where listed
 * @param list the instruments asked for: its first `count` entries
 */
export function respond(
  p: PreparedProblem,
  q: Float64Array,
  prices: TermPrices,
  center: Float64Array,
  width: number,
  out: Response,
  list: Int32Array,
  count: number,
): void {
  const { turnover, risk, paid, gross, proximal } = prices;
  const { initial, baseSlope, curvature, specific, least, most, buyCost, sellCost, impact, sign, special } = p;
  const { paidLinear, paidImpact } = p;
  const { w, x, compliance } = out;
  for (let at = 0; at < count; at += 1) {
    const i = list[at]!;
    const w0 = initial[i]!;
    let size = turnover;
    if (paid > 0) size += paid * paidLinear[i]!;
    let slope = q[i]! + baseSlope[i]!;
    if (risk > 0) slope += risk * specific[i]! * w0;
    if (proximal > 0) slope += proximal * (w0 - center[i]!);
    if (gross > 0) slope += gross * sign[i]!;
    const isPlain = special[i] === 0 && (gross === 0 || sign[i] !== 0);
    const buy = -slope - buyCost[i]! - size;
    const sell = slope - sellCost[i]! - size;
    if (isPlain && buy + width <= 0 && sell + width <= 0) {
      // most instruments rest at w0, and the rest of their data need not be read
      w[i] = w0;
      x[i] = 0;
      compliance[i] = 0;
      continue;
    }
    const low = least[i]!;
    const high = most[i]!;
    const quadratic = curvature[i]! + risk * specific[i]! + proximal;
    const impactPrice = impact[i]! + paid * paidImpact[i]!;
    if (!isPlain && (p.kinks[i] !== undefined || (gross > 0 && sign[i] === 0))) {
      const term = { slope: slope - width, quadratic, size, impact: impactPrice, gross };
      respondKinked(p, i, term, out);
      if (width > 0) averageKinked(p, i, { ...term, slope: slope + width }, width, out);
      continue;
    }
    const e = 1.5 * impactPrice;
    if (width > 0) {
      const one = tradeOf(buy + width, sell - width, e, quadratic, low, high);
      const other = tradeOf(buy - width, sell + width, e, quadratic, low, high);
      x[i] = (one + other) / 2;
      w[i] = w0 + x[i];
      compliance[i] = (one - other) / (2 * width);
      continue;
    }
    const traded = tradeOf(buy, sell, e, quadratic, low, high);
    x[i] = traded;
    compliance[i] = 0;
    if (traded === high) w[i] = p.upper[i]!;
    else if (traded === low) w[i] = p.lower[i]!;
    else {
      w[i] = w0 + traded;
      if (traded !== 0) compliance[i] = 1 / (quadratic + e / (2 * Math.sqrt(Math.abs(traded))));
    }
  }
}

/** The trade from its drives: how fast the first unit bought, or sold, lowers the term. */
function tradeOf(buy: number, sell: number, e: number, quadratic: number, low: number, high: number): number {
  let traded = 0;
  if (buy > 0 && high > 0) traded = amountOf(buy, e, quadratic);
  else if (sell > 0) traded = -amountOf(sell, e, quadratic);
  return traded > high ? high : traded < low ? low : traded;
}

/** Where quadratic x + e sqrt x = drive > 0. */
function amountOf(drive: number, e: number, quadratic: number): number {
  if (e === 0) return drive / quadratic;
  const t = (2 * drive) / (e + Math.sqrt(e * e + 4 * quadratic * drive));
  return t * t;
}

interface KinkedTerm {
  readonly slope: number;
  readonly quadratic: number;
  readonly size: number;
  readonly impact: number;
  readonly gross: number;
}

/** The same for a term with more kinks than the one at w0: a tax schedule, or |w| where both signs are allowed. */
function respondKinked(p: PreparedProblem, i: number, term: KinkedTerm, out: Response): void {
  const w0 = p.initial[i]!;
  const [low, high] = [p.least[i]!, p.most[i]!];
  const crossesZero = term.gross > 0 && p.sign[i] === 0;
  const sign = crossesZero ? Math.sign(w0) : 0;
  // at w0 = 0 the kink of |w| coincides with that of the costs
  const atStart = crossesZero && sign === 0 ? term.gross : 0;
  const slope = term.slope + term.gross * sign;
  const buy = -slope - p.buyCost[i]! - term.size - atStart;
  const sell = slope - p.sellCost[i]! - term.size - atStart;
  const isBuy = buy > 0 && high > 0;
  const kinks = (isBuy ? p.kinks[i]?.buy : p.kinks[i]?.sell) ?? [];
  const zeroAhead = crossesZero && sign === (isBuy ? -1 : 1);
  const path = zeroAhead ? insertKink(kinks, { distance: Math.abs(w0), jump: 2 * term.gross }) : kinks;
  const step = walk(isBuy ? buy : sell, 1.5 * term.impact, term.quadratic, path);
  const traded = isBuy ? step.amount : -step.amount;
  const clipped = Math.min(high, Math.max(low, traded));
  out.x[i] = clipped;
  out.w[i] = clipped === high ? p.upper[i]! : clipped === low ? p.lower[i]! : w0 + clipped;
  out.compliance[i] = clipped === traded && clipped !== high && clipped !== low ? step.speed : 0;
}

/** Averages the answer that `out` has with that of another slope, `width` away from the middle as well. */
function averageKinked(p: PreparedProblem, i: number, term: KinkedTerm, width: number, out: Response): void {
  const { w, x, compliance } = out;
  const one = x[i]!;
  respondKinked(p, i, term, out);
  const other = x[i]!;
  x[i] = (one + other) / 2;
  w[i] = p.initial[i]! + x[i];
  compliance[i] = (one - other) / (2 * width);
}

/** How far one side of a convex term goes from x = 0 before its derivative turns positive. */
function walk(drive: number, e: number, quadratic: number, kinks: readonly Kink[]): { amount: number; speed: number } {
  let rest = drive;
  for (let index = 0; rest > 0; index += 1) {
    const root = Math.sqrt(e * e + 4 * quadratic * rest);
    const t = (2 * rest) / (e + root);
    const kink = kinks[index];
    if (kink === undefined || t * t <= kink.distance) return { amount: t * t, speed: (2 * t) / root };
    rest -= kink.jump;
    const after = rest > 0 ? (2 * rest) / (e + Math.sqrt(e * e + 4 * quadratic * rest)) : 0;
    if (after * after <= kink.distance) return { amount: kink.distance, speed: 0 };
  }
  return { amount: 0, speed: 0 };
}

function insertKink(kinks: readonly Kink[], kink: Kink): Kink[] {
  const after = kinks.findIndex(({ distance }) => distance > kink.distance);
  const at = after < 0 ? kinks.length : after;
  return [...kinks.slice(0, at), kink, ...kinks.slice(at)];
}
