import type { LearnedState, Regime } from '../input.js';
import { exp2 } from '../numerics/index.js';
import type { Observation } from './observation.js';
import { type Estimate, shrinkTowardMean } from './shrinkage.js';

const REGIMES: readonly Regime[] = ['CALM', 'NORMAL', 'STRESSED'];
/** reliability before anything is known, and how far a source's may lie from it (model, section 2) */
const PRIOR: Estimate = { value: 0.5, variance: 0.25 * 0.25 };
/** a regime's multiplier before anything is known of the regime: 1, give or take */
const REGIME_VARIANCE = 0.25 * 0.25;
const MULTIPLIER_MAX = 2;
/** a source that claims to earn zeta sigma sqrt(h) and earns it all has reliability 1 */
const RELIABILITY_MAX = 1;

export interface ReliabilityOptions {
  /** of the weight of old observations, trading days; a source that has turned is forgotten at this rate. Default 63 */
  readonly halfLifeDays?: number;
  /** scale of the views, default 0.5 */
  readonly zeta?: number;
}

export interface LearnedSource {
  readonly source: string;
  readonly observations: number;
  /** uncentred correlation of claims and returns, exponentially weighted; null without variation */
  readonly informationCoefficient: number | null;
  /** slope of returns on claimed ones before shrinkage, with its variance; null where there are too few blocks of time for one */
  readonly raw: Estimate | null;
  /** share of the raw slope's distance from the mean of all sources that is kept */
  readonly kept: number;
  /** r_j */
  readonly reliability: number;
  readonly regimeMultiplier: Partial<Readonly<Record<Regime, number>>>;
}

/**
 * Reliability of sources. A signal of confidence c and strength x is worth alpha = r c x zeta sigma sqrt(h) (model, section 2, with one view),
 * so that r is the slope of the realised standardised return on the claimed one, which is the information coefficient times the ratio of
 * the two sides' sizes. Slopes are shrunk to their mean over the sources by empirical Bayes (Efron and Morris 1973; DerSimonian and Laird 1986), so that the
 * luckiest of many is believed least; then each regime's slope to its source's. Errors are clustered by blocks of a horizon, within which signals share
 * the market and overlap (Liang and Zeger 1986).
 *
 * @param observations known by `day` (see knownBy), any order
 * @param day the evening of learning
 */
export function learnReliability(
  observations: readonly Observation[],
  day: number,
  options: ReliabilityOptions = {},
): readonly LearnedSource[] {
  const { halfLifeDays = 63, zeta = 0.5 } = options;
  const bySource = new Map<string, Observation[]>();
  for (const each of observations) {
    const list = bySource.get(each.source);
    if (list === undefined) bySource.set(each.source, [each]);
    else list.push(each);
  }
  const sources = [...bySource.keys()].sort();
  const fits = sources.map((source) => fitSlope(bySource.get(source)!, day, halfLifeDays, zeta));
  const shrunk = shrinkTowardMean(
    fits.map((fit) => fit.estimate),
    PRIOR,
  );
  return sources.map((source, j) => {
    const { estimate, correlation } = fits[j]!;
    const { value, kept, variance } = shrunk[j]!;
    const reliability = Math.min(Math.max(value, 0), RELIABILITY_MAX);
    const own = { value: reliability, variance };
    return {
      source,
      observations: bySource.get(source)!.length,
      informationCoefficient: correlation,
      raw: estimate,
      kept,
      reliability,
      regimeMultiplier: multipliers(bySource.get(source)!, own, day, halfLifeDays, zeta),
    };
  });
}

/** The parts of a learned state that follow from reliabilities. */
export function reliabilityState(
  learned: readonly LearnedSource[],
): Pick<LearnedState, 'reliability' | 'regimeMultiplier'> {
  return {
    reliability: Object.fromEntries(learned.map(({ source, reliability }) => [source, reliability])),
    regimeMultiplier: Object.fromEntries(
      learned
        .filter(({ regimeMultiplier }) => Object.keys(regimeMultiplier).length > 0)
        .map(({ source, regimeMultiplier }) => [source, regimeMultiplier]),
    ),
  };
}

interface SlopeFit {
  readonly estimate: Estimate | null;
  readonly correlation: number | null;
}

function fitSlope(observations: readonly Observation[], day: number, halfLifeDays: number, zeta: number): SlopeFit {
  const ordered = [...observations].sort(inOrder);
  const [zz, zy, yy] = [new Blocks(), new Blocks(), new Blocks()];
  for (const { claim, realised, day: made, horizonDays } of ordered) {
    const z = zeta * claim;
    const weight = exp2(-(day - made - horizonDays) / halfLifeDays);
    const block = Math.floor(made / Math.max(1, Math.ceil(horizonDays)));
    zz.add(block, weight * z * z);
    zy.add(block, weight * z * realised);
    yy.add(block, weight * realised * realised);
  }
  if (!(zz.total > 0)) return { estimate: null, correlation: null };
  const value = zy.total / zz.total;
  const correlation = yy.total > 0 ? zy.total / Math.sqrt(zz.total * yy.total) : null;
  const blocks = zz.values.size;
  if (blocks < 4) return { estimate: null, correlation };
  let meat = 0;
  for (const [block, sum] of zz.values) {
    const error = zy.values.get(block)! - value * sum;
    meat += error * error;
  }
  const variance = ((blocks / (blocks - 1)) * meat) / (zz.total * zz.total);
  return { estimate: variance > 0 ? { value, variance } : null, correlation };
}

/** Sums by block of time, and over all. */
class Blocks {
  readonly values = new Map<number, number>();
  total = 0;

  add(block: number, value: number): void {
    this.values.set(block, (this.values.get(block) ?? 0) + value);
    this.total += value;
  }
}

/** a fixed order of summation, whatever order the observations come in */
function inOrder(a: Observation, b: Observation): number {
  if (a.day !== b.day) return a.day - b.day;
  if (a.instrumentId !== b.instrumentId) return a.instrumentId < b.instrumentId ? -1 : 1;
  return a.claim - b.claim || a.realised - b.realised;
}

function multipliers(
  observations: readonly Observation[],
  own: Estimate,
  day: number,
  halfLifeDays: number,
  zeta: number,
): Partial<Record<Regime, number>> {
  const result: Partial<Record<Regime, number>> = {};
  if (!(own.value > 0)) return result;
  for (const regime of REGIMES) {
    const there = observations.filter((each) => each.regime === regime);
    const { estimate } = fitSlope(there, day, halfLifeDays, zeta);
    if (estimate === null) continue;
    const ratio = estimate.value / own.value;
    const variance = estimate.variance / (own.value * own.value);
    const kept = REGIME_VARIANCE / (REGIME_VARIANCE + variance);
    result[regime] = Math.min(Math.max(1 + kept * (ratio - 1), 0), MULTIPLIER_MAX);
  }
  return result;
}
