import {
  coordinate,
  type CoordinationInput,
  type CoordinationResult,
  learn,
  type Learned,
  type LearnedState,
  type Observation,
  realisedProfitOf,
  solveCertified,
} from '#engine';
import { AS_OF, coordinationInput, DAY_MS, parameters } from '../coordination-input.js';
import type { LearningWorld } from './learning-world.js';

/** Which sources are believed how much: by what was learned, all alike, or one alone. */
export type Arm = 'learned' | 'equal' | 'best-single';
export const ARMS: readonly Arm[] = ['learned', 'equal', 'best-single'];

export interface WalkForward {
  /** what was learned in the evening before each step from the first judged one on */
  readonly learned: readonly Learned[];
  /** realised profit of each judged step after expected costs, fraction of NAV */
  readonly profit: Readonly<Record<Arm, readonly number[]>>;
  /** that of the best trades under the turnover cap and the largest position alone, with the returns known: nobody can earn more */
  readonly clairvoyant: readonly number[];
}

export interface WalkForwardOptions {
  /** steps that are learned from before the first is judged */
  readonly warmUp: number;
  /** steps that are remembered, default 104 */
  readonly memory?: number;
}

const HOLDS = {
  allowShort: true,
  maxTurnover: 0.5,
  maxPositionSize: 0.1,
  maxSectorWeight: 1,
  correlationThreshold: 1,
  feeBps: 1,
};
const HALF_SPREAD = 0.0002;

/**
 * Coordinates step by step with what was known before each, from cash each time, and measures what came. All arms share the market, the signals and the limits;
 * `equal` believes every source as much as they deserve on average, and `best-single` the one that has deserved it most so far.
 */
export function walkForward(world: LearningWorld, { warmUp, memory = 104 }: WalkForwardOptions): WalkForward {
  const learned: Learned[] = [];
  const profit: Record<Arm, number[]> = { learned: [], equal: [], 'best-single': [] };
  const clairvoyant: number[] = [];
  for (let step = warmUp; step < world.steps; step++) {
    const known = learnedBefore(world, step, memory);
    learned.push(known);
    const states: Record<Arm, LearnedState> = {
      learned: known.state,
      equal: equalState(known),
      'best-single': bestSingle(known),
    };
    for (const arm of ARMS) profit[arm].push(profitOf(world, step, states[arm]));
    clairvoyant.push(clairvoyantBound(world.realised(step)));
  }
  return { learned, profit, clairvoyant };
}

/** What may be learned before a step: the observations of the steps that are over. */
export function learnedBefore(world: LearningWorld, step: number, memory = 104): Learned {
  const observations: Observation[] = [];
  for (let past = Math.max(0, step - memory); past < step; past++) {
    const realised = world.realised(past);
    const sigma = world.sigma(past);
    for (const { source, instrument, direction, strength, confidence } of world.claims(past)) {
      observations.push({
        source,
        instrumentId: world.instruments[instrument]!,
        day: past * world.horizonDays,
        horizonDays: world.horizonDays,
        claim: direction * strength * confidence,
        realised: realised[instrument]! / (sigma[instrument]! * Math.sqrt(world.horizonDays)),
        regime: world.regime(past),
      });
    }
  }
  return learn(`step ${step}`, { observations, confidences: [], day: step * world.horizonDays });
}

function equalState({ state, sources }: Learned): LearnedState {
  const mean = sources.reduce((sum, { reliability }) => sum + reliability, 0) / Math.max(1, sources.length);
  return {
    id: 'equal',
    reliability: Object.fromEntries(Object.keys(state.reliability).map((source) => [source, mean])),
    regimeMultiplier: {},
    errorCorrelation: [],
  };
}

function bestSingle({ sources }: Learned): LearnedState {
  const best = sources.reduce((a, b) => (b.reliability > a.reliability ? b : a));
  return {
    id: 'best-single',
    reliability: Object.fromEntries(sources.map((each) => [each.source, each === best ? each.reliability : 0])),
    regimeMultiplier: {},
    errorCorrelation: [],
  };
}

/** What a coordination with this state would have earned in the step, fraction of NAV. */
export function profitOf(world: LearningWorld, step: number, learned: LearnedState): number {
  const result = coordinateStep(world, step, learned);
  const realised = world.realised(step);
  const byName = new Map(world.instruments.map((name, i) => [name, Number.isNaN(realised[i]!) ? 0 : realised[i]!]));
  return realisedProfitOf(byName)(result);
}

export function coordinateStep(world: LearningWorld, step: number, learned: LearnedState): CoordinationResult {
  const result = coordinate(
    inputOf(world, step, learned),
    (problem, options) => solveCertified(problem, null, options),
    {
      limitsRemoved: 0,
      impactAssessment: false,
    },
  );
  if ('invalid' in result) throw new Error(`step ${step}: ${result.invalid.kind}`);
  return result;
}

function inputOf(world: LearningWorld, step: number, learned: LearnedState): CoordinationInput {
  const at = AS_OF + step * world.horizonDays * DAY_MS;
  const sigma = world.sigma(step);
  const input = coordinationInput({
    learned,
    parameters: parameters({ ...HOLDS, horizonDays: world.horizonDays }),
    market: {
      requestFacts: world.instruments.map((instrumentId, i) => ({
        instrumentId,
        price: 10,
        volatility: sigma[i]!,
        halfSpread: HALF_SPREAD,
      })),
      risk: { kind: 'FACTOR_MODEL', origin: 'REQUEST', model: world.model(step) },
    },
    signals: world.claims(step).map(({ source, instrument, direction, strength, confidence }) => ({
      signalId: `${source} ${instrument}`,
      source,
      instrumentId: world.instruments[instrument]!,
      action: direction > 0 ? 'BUY' : 'SELL',
      strength,
      confidence,
      generatedAt: at,
      horizonDays: world.horizonDays,
    })),
  });
  return { ...input, asOf: at };
}

/** The largest moves up to the largest position each, until the turnover is spent, at no cost: above what any portfolio within the limits earns. */
function clairvoyantBound(realised: ArrayLike<number>): number {
  const moves = Array.from(realised, (value) => (Number.isNaN(value) ? 0 : Math.abs(value))).sort((a, b) => b - a);
  let left = HOLDS.maxTurnover;
  let total = 0;
  for (const move of moves) {
    const weight = Math.min(left, HOLDS.maxPositionSize);
    total += weight * move;
    left -= weight;
  }
  return total;
}
