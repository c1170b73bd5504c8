import type { LearnedState } from '#engine';
import type { RecordedLearnedState } from './events.js';

/** What a learned state says, without its name: that is the hash of this. */
export type LearnedContent = Omit<RecordedLearnedState, 'learned_state_id'>;

/** As the events hold it: in a fixed order, so that what is the same has the same hash. */
export function recordLearnedState(state: LearnedState): LearnedContent {
  const { reliability, regimeMultiplier, errorCorrelation, calibration, zeta, halfLifeDays } = state;
  return {
    reliabilities: sorted(reliability).map(([source, value]) => ({ source, reliability: value })),
    regime_multipliers: sorted(regimeMultiplier).flatMap(([source, byRegime]) =>
      sorted(byRegime as Readonly<Record<'CALM' | 'NORMAL' | 'STRESSED', number>>).map(([regime, multiplier]) => ({
        source,
        regime: regime as 'CALM' | 'NORMAL' | 'STRESSED',
        multiplier,
      })),
    ),
    error_correlations: [...errorCorrelation].sort((x, y) => (x.a === y.a ? order(x.b, y.b) : order(x.a, y.a))),
    ...(calibration === undefined
      ? {}
      : { calibration: calibration.points.map(([stated, hit_rate]) => ({ stated, hit_rate })) }),
    ...(zeta === undefined ? {} : { zeta }),
    ...(halfLifeDays === undefined
      ? {}
      : { half_lives: sorted(halfLifeDays).map(([source, days]) => ({ source, days })) }),
  };
}

/** As the engine takes it. */
export function toLearnedState(recorded: RecordedLearnedState): LearnedState {
  const { learned_state_id, reliabilities, regime_multipliers, error_correlations, calibration, zeta, half_lives } =
    recorded;
  const regimeMultiplier: Record<string, Partial<Record<'CALM' | 'NORMAL' | 'STRESSED', number>>> = {};
  for (const { source, regime, multiplier } of regime_multipliers) {
    regimeMultiplier[source] = { ...regimeMultiplier[source], [regime]: multiplier };
  }
  return {
    id: learned_state_id,
    reliability: Object.fromEntries(reliabilities.map(({ source, reliability }) => [source, reliability])),
    regimeMultiplier,
    errorCorrelation: error_correlations,
    ...(calibration === undefined
      ? {}
      : { calibration: { points: calibration.map(({ stated, hit_rate }) => [stated, hit_rate] as const) } }),
    ...(zeta === undefined ? {} : { zeta }),
    ...(half_lives === undefined
      ? {}
      : { halfLifeDays: Object.fromEntries(half_lives.map(({ source, days }) => [source, days])) }),
  };
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const sorted = <V>(record: Readonly<Record<string, V>>): [string, V][] =>
  Object.entries(record).sort(([a], [b]) => order(a, b));
