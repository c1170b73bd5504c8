import type { FactorModel, Regime } from '#engine';
import { RandomStream } from '../generated/random-stream.js';
import type { Claim, LearningWorld } from './learning-world.js';

const HORIZON_DAYS = 5;
const SPECIFIC = 0.015;
const MARKET = 0.006;
const CONFIDENCE = 0.7;
/** steps of one regime */
const SPELL = 12;

/** Skill of a source: the correlation of its inclination with the standardised return of the step. */
type Skill = (step: number, regime: Regime, world: { readonly steps: number }) => number;

/** step at which the source that turns bad does so */
export const turnsAt = (steps: number): number => Math.floor(steps / 2);
/** steps in which the lucky source happens to be right; it has no skill */
export const LUCKY_STEPS = 6;

const SKILLS: Readonly<Record<string, Skill>> = {
  strong: () => 0.2,
  medium: () => 0.1,
  calm: (_, regime) => (regime === 'CALM' ? 0.25 : -0.02),
  turning: (step, _, { steps }) => (step < turnsAt(steps) ? 0.2 : -0.15),
  lucky: (step) => (step < LUCKY_STEPS ? 0.3 : 0),
  noise: () => 0,
};

export const PLANTED_SOURCES: readonly string[] = [...Object.keys(SKILLS), 'copy'].sort();

/**
 * A market whose sources have the skill that they are given: `strong`, `medium`, `noise` (none), `calm` (in calm markets alone), `turning`
 * (good, then bad), `lucky` (right in the first six steps by luck) and `copy` (says what `strong` says, but for one time in twenty).
 */
export function plantedWorld(seed: number, instruments = 20, steps = 120): LearningWorld {
  const random = new RandomStream(seed);
  const returns: Float64Array[] = [];
  const claims: Claim[][] = [];
  const regime = (step: number): Regime => (Math.floor(step / SPELL) % 2 === 0 ? 'CALM' : 'STRESSED');
  for (let step = 0; step < steps; step++) {
    const residual = Array.from({ length: instruments }, () => random.normal());
    const market = MARKET * Math.sqrt(HORIZON_DAYS) * random.normal();
    returns.push(Float64Array.from(residual, (value) => SPECIFIC * Math.sqrt(HORIZON_DAYS) * value + market));
    claims.push(claimsOf(random, residual, step, regime(step), steps));
  }
  const names = Array.from({ length: instruments }, (_, i) => `I${String(i).padStart(2, '0')}`);
  const sigma = new Float64Array(instruments).fill(Math.sqrt(SPECIFIC * SPECIFIC + MARKET * MARKET));
  const model = (step: number): FactorModel => ({
    id: 'inline',
    instruments: names,
    loadings: names.map(() => [MARKET]),
    factorCovariance: [[1]],
    specificVariance: names.map(() => SPECIFIC * SPECIFIC),
    regime: regime(step),
  });
  return {
    sources: PLANTED_SOURCES,
    instruments: names,
    steps,
    horizonDays: HORIZON_DAYS,
    regime,
    claims: (step) => claims[step]!,
    sigma: () => sigma,
    model,
    realised: (step) => returns[step]!,
  };
}

function claimsOf(
  random: RandomStream,
  residual: readonly number[],
  step: number,
  regime: Regime,
  steps: number,
): Claim[] {
  return residual.flatMap((value, instrument) => {
    const spoken = Object.entries(SKILLS).map(([source, skillOf]): Claim => {
      const skill = skillOf(step, regime, { steps });
      const inclination = skill * value + Math.sqrt(1 - skill * skill) * random.normal();
      return { source, instrument, direction: inclination > 0 ? 1 : -1, strength: 1, confidence: CONFIDENCE };
    });
    const strong = spoken.find(({ source }) => source === 'strong')!;
    const direction = random.chance(0.05) ? (-strong.direction as 1 | -1) : strong.direction;
    return [...spoken, { ...strong, source: 'copy', direction }];
  });
}
