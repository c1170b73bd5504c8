import type { LearnedState } from '../input.js';
import { exp2 } from '../numerics/index.js';
import type { Observation } from './observation.js';

/** error correlation of two sources before anything is known of them (model, section 2), and how many observations that is worth */
const PRIOR = 0.2;
const PRIOR_OBSERVATIONS = 100;
const LOW = 0;
/** two sources that say the same count as one; 1 itself could not be inverted */
const HIGH = 0.99;

/**
 * Correlations of the errors that pairs of sources make about the expected return. What a source says is what is true plus its error, and
 * all share the noise of the realised return, which must not count as a common error; so it is the partial correlation of the claims given the realised
 * return: (r_st - r_s r_t) / sqrt((1 - r_s^2)(1 - r_t^2)), over the instruments and days on which both spoke, exponentially
 * weighted, shrunk to the prior of 0.2. A copy of a source comes near 1, whatever skill it copies.
 *
 * @param observations known by `day`; claims are compared day by day and instrument by instrument
 */
export function learnErrorCorrelations(
  observations: readonly Observation[],
  day: number,
  halfLifeDays = 126,
): LearnedState['errorCorrelation'] {
  const bySubject = new Map<string, Observation[]>();
  for (const each of observations) {
    const subject = `${each.day} ${each.instrumentId}`;
    const list = bySubject.get(subject);
    if (list === undefined) bySubject.set(subject, [each]);
    else list.push(each);
  }
  const pairs = new Map<string, Map<string, PairSums>>();
  for (const subject of [...bySubject.keys()].sort()) {
    const spoken = bySubject.get(subject)!.sort((a, b) => (a.source < b.source ? -1 : a.source > b.source ? 1 : 0));
    const weight = exp2(-(day - spoken[0]!.day) / halfLifeDays);
    for (let s = 0; s < spoken.length; s++) {
      for (let t = s + 1; t < spoken.length; t++) {
        const [a, b] = [spoken[s]!, spoken[t]!];
        if (a.source === b.source || a.horizonDays !== b.horizonDays) continue;
        let others = pairs.get(a.source);
        if (others === undefined) pairs.set(a.source, (others = new Map<string, PairSums>()));
        let sums = others.get(b.source);
        if (sums === undefined) others.set(b.source, (sums = new PairSums()));
        sums.add(a.claim, b.claim, a.realised, weight);
      }
    }
  }
  return [...pairs.keys()].sort().flatMap((a) => {
    const others = pairs.get(a)!;
    return [...others.keys()].sort().flatMap((b) => {
      const rho = others.get(b)!.rho();
      return rho === null ? [] : [{ a, b, rho }];
    });
  });
}

class PairSums {
  private readonly sums = { ss: 0, tt: 0, st: 0, sy: 0, ty: 0, yy: 0, w: 0, ww: 0 };

  add(s: number, t: number, y: number, w: number): void {
    const { sums } = this;
    sums.ss += w * s * s;
    sums.tt += w * t * t;
    sums.st += w * s * t;
    sums.sy += w * s * y;
    sums.ty += w * t * y;
    sums.yy += w * y * y;
    sums.w += w;
    sums.ww += w * w;
  }

  /** null where one of the sources has said nothing but 0 */
  rho(): number | null {
    const { ss, tt, st, sy, ty, yy, w, ww } = this.sums;
    if (!(ss > 0) || !(tt > 0)) return null;
    const [rs, rt] = yy > 0 ? [sy / Math.sqrt(ss * yy), ty / Math.sqrt(tt * yy)] : [0, 0];
    const free = (1 - rs * rs) * (1 - rt * rt);
    const partial = free > 1e-12 ? (st / Math.sqrt(ss * tt) - rs * rt) / Math.sqrt(free) : 1;
    const effective = (w * w) / ww;
    const shrunk = (effective * partial + PRIOR_OBSERVATIONS * PRIOR) / (effective + PRIOR_OBSERVATIONS);
    return Math.min(Math.max(shrunk, LOW), HIGH);
  }
}
