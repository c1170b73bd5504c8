import {
  GROSS,
  GROUPS,
  inOneShape,
  INVESTED_MAX,
  INVESTED_MIN,
  TURNOVER,
  type PreparedProblem,
} from './prepared-problem.js';
import type { Response } from './separable.js';

/**
 * The problem of a few of its instruments, all others staying at the weights of a response: those are gathered into one
 * last holding of weight 1 that cannot trade, and in the bounds of the limits. Prices and factor dual keep their meaning.
 *
 * @param members indices of the instruments that may move, ascending
 */
export function restrictTo(p: PreparedProblem, response: Response, members: Int32Array): PreparedProblem {
  const { k } = p;
  const count = members.length;
  const n = count + 1;
  const loadings = new Float64Array(n * k);
  for (let at = 0; at < count; at += 1) {
    for (let j = 0, from = members[at]! * k, to = at * k; j < k; j += 1) loadings[to + j] = p.loadings[from + j]!;
  }
  const { bounds, specific } = gatherOthers(p, response, members, loadings.subarray(count * k));
  const pick = (values: Float64Array, ofRest: number): Float64Array => {
    const picked = new Float64Array(n);
    for (let at = 0; at < count; at += 1) picked[at] = values[members[at]!]!;
    picked[count] = ofRest;
    return picked;
  };
  return inOneShape({
    ...p,
    n,
    everyone: p.everyone.subarray(0, n),
    loadings,
    specific: pick(p.specific, specific),
    initial: pick(p.initial, 1),
    reference: pick(p.reference, 1),
    alpha: pick(p.alpha, 0),
    curvature: pick(p.curvature, 0),
    baseSlope: pick(p.baseSlope, 0),
    least: pick(p.least, 0),
    most: pick(p.most, 0),
    lower: pick(p.lower, 1),
    upper: pick(p.upper, 1),
    buyCost: pick(p.buyCost, 0),
    sellCost: pick(p.sellCost, 0),
    impact: pick(p.impact, 0),
    paidLinear: pick(p.paidLinear, 0),
    paidImpact: pick(p.paidImpact, 0),
    sign: pick(p.sign, 1),
    kinks: pickKinks(p, members),
    special: pickSpecial(p, members),
    ...pickGroups(p, members),
    bounds,
  });
}

/** What all but the members hold: their factor exposures, written out, their specific variance and the limits without them. */
function gatherOthers(p: PreparedProblem, { w, x }: Response, members: Int32Array, exposures: Float64Array) {
  const { n, k, loadings } = p;
  const bounds = p.bounds.slice();
  let [sum, paid, turnover, gross, specific] = [0, 0, 0, 0, 0];
  for (let i = 0, next = 0; i < n; i += 1) {
    if (i === members[next]) {
      next += 1;
      continue;
    }
    const weight = w[i]!;
    const size = Math.abs(x[i]!);
    if (size > 0) {
      turnover += size;
      paid += (p.paidLinear[i]! + p.paidImpact[i]! * Math.sqrt(size)) * size;
    }
    if (weight === 0) continue;
    sum += weight;
    gross += Math.abs(weight);
    specific += p.specific[i]! * weight * weight;
    for (let j = 0, at = i * k; j < k; j += 1, at += 1) exposures[j]! += loadings[at]! * weight;
    const end = p.groupStart[i + 1]!;
    for (let g = p.groupStart[i]!; g < end; g += 1) bounds[GROUPS + p.groupOf[g]!]! -= weight;
  }
  // the holding that stands for them has weight 1
  bounds[INVESTED_MAX]! += 1 - sum - paid;
  bounds[INVESTED_MIN]! += sum - 1;
  bounds[TURNOVER]! -= turnover;
  bounds[GROSS]! += 1 - gross;
  return { bounds, specific };
}

function pickKinks({ kinks }: PreparedProblem, members: Int32Array): PreparedProblem['kinks'] {
  const picked = new Array<PreparedProblem['kinks'][number]>(members.length + 1).fill(undefined);
  for (let at = 0; at < members.length; at += 1) picked[at] = kinks[members[at]!];
  return picked;
}

function pickSpecial({ special }: PreparedProblem, members: Int32Array): Uint8Array {
  const picked = new Uint8Array(members.length + 1);
  for (let at = 0; at < members.length; at += 1) picked[at] = special[members[at]!]!;
  return picked;
}

function pickGroups({ groupStart, groupOf }: PreparedProblem, members: Int32Array) {
  const starts = new Int32Array(members.length + 2);
  const groups: number[] = [];
  for (let at = 0; at < members.length; at += 1) {
    const end = groupStart[members[at]! + 1]!;
    for (let g = groupStart[members[at]!]!; g < end; g += 1) groups.push(groupOf[g]!);
    starts[at + 1] = groups.length;
  }
  starts[members.length + 1] = groups.length;
  return { groupStart: starts, groupOf: new Int32Array(groups) };
}
