import { ARMS, plantedWorld, walkForward, type WalkForward } from '#testing';
import type { Bench } from '../bench.js';
import { readCloses, realWorld } from './real-sources.js';

const SEEDS = 20;
const WARM_UP = 30;
/** of a mean of 20, 95 % */
const T_19 = 2.093;

/**
 * What learning earns: profit of coordinations with learned reliabilities beside equal ones and beside the best single source, walking forward, and how much of
 * the clairvoyant's bound. Planted worlds of 20 seeds with 95 % intervals on standard error, then real closes with three plain sources. Basis points of NAV a week, after
 * costs.
 */
export const bench: Bench = {
  name: 'learning',
  run(emit) {
    const planted = Array.from({ length: SEEDS }, (_, seed) =>
      weekly(walkForward(plantedWorld(seed + 1), { warmUp: WARM_UP })),
    );
    console.error(`planted worlds, ${SEEDS} seeds, bps a week [95 % interval over the seeds]`);
    for (const arm of ARMS) console.error(`  ${arm.padEnd(12)} ${interval(planted.map((world) => world[arm]))}`);
    console.error(`  ${'clairvoyant'.padEnd(12)} ${interval(planted.map((world) => world.clairvoyant))} (upper bound)`);
    for (const rival of ['equal', 'best-single'] as const) {
      const gains = planted.map((world) => world.learned - world[rival]);
      const won = gains.filter((gain) => gain > 0).length;
      console.error(`  learned less ${rival}: ${interval(gains)}, better in ${won} of ${SEEDS}`);
      emit({
        case: `planted worlds, ${SEEDS} seeds`,
        metric: 'mean profit',
        unit: 'bps/week',
        ours: mean(planted.map((world) => world.learned)),
        peer: mean(planted.map((world) => world[rival])),
        peer_name: rival,
      });
    }
    emit({
      case: `planted worlds, ${SEEDS} seeds`,
      metric: 'mean profit',
      unit: 'bps/week',
      ours: mean(planted.map((world) => world.learned)),
      peer: mean(planted.map((world) => world.clairvoyant)),
      peer_name: 'clairvoyant-bound',
    });
    const data = readCloses();
    if (data === null) console.error('real closes: there is no ../shared/data');
    else reportReal(walkForward(realWorld(data), { warmUp: 52 }));
  },
};

/** Not as a ratio: a profit that may be negative has none. */
function reportReal(result: WalkForward): void {
  const count = result.profit.learned.length;
  console.error(
    `real closes, momentum, reversal and low volatility, ${count} weeks, bps a week [95 % interval over the weeks]`,
  );
  for (const arm of ARMS) console.error(`  ${arm.padEnd(12)} ${weeklyInterval(result.profit[arm])}`);
  for (const rival of ['equal', 'best-single'] as const) {
    const gains = result.profit.learned.map((value, t) => value - result.profit[rival][t]!);
    console.error(`  learned less ${rival}: ${weeklyInterval(gains)}`);
  }
  console.error(`  ${'clairvoyant'.padEnd(12)} ${weeklyInterval(result.clairvoyant)} (upper bound)`);
  const last = result.learned.at(-1)!.sources.map(({ source, reliability, raw }) => {
    const slope = raw === null ? 'unknown' : `${raw.value.toFixed(2)} +- ${Math.sqrt(raw.variance).toFixed(2)}`;
    return `${source} ${reliability.toFixed(2)} (raw ${slope})`;
  });
  console.error(`  reliabilities at the end: ${last.join(', ')}`);
}

function weekly({ profit, clairvoyant }: WalkForward) {
  return {
    learned: 1e4 * mean(profit.learned),
    equal: 1e4 * mean(profit.equal),
    'best-single': 1e4 * mean(profit['best-single']),
    clairvoyant: 1e4 * mean(clairvoyant),
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function standardError(values: readonly number[]): number {
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) * (value - centre), 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}

function interval(values: readonly number[], t = T_19): string {
  const [centre, half] = [mean(values), t * standardError(values)];
  return `${centre.toFixed(1)} [${(centre - half).toFixed(1)}, ${(centre + half).toFixed(1)}]`;
}

const weeklyInterval = (values: readonly number[]): string =>
  interval(
    values.map((value) => 1e4 * value),
    1.97,
  );
