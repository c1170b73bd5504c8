import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { buildRiskModel, type FactorModel } from '#engine';
import type { Claim, LearningWorld } from '#testing';

const HORIZON_DAYS = 5;
const LOOK_BACK = 252;
const INSTRUMENTS = 100;
const CONFIDENCE = 0.6;
/** steps between estimates of the risk model */
const REFIT_STEPS = 13;

/**
 * Three plain sources on real closes, each from the closes up to the day on which it speaks: twelve-month momentum without the last month, reversal of
 * the last week, low volatility over three months. Each says BUY of the best quarter and SELL of the worst. `closes` may be replaced, for the test that moves
 * the future. Survivors only: what they earn says nothing of the future, and the reference is what is compared.
 */
export function realWorld(data: Closes): LearningWorld {
  const { names, closes } = data;
  const n = names.length;
  const days = closes.length / n;
  const steps = Math.floor((days - 1 - LOOK_BACK) / HORIZON_DAYS);
  const dayOf = (step: number): number => LOOK_BACK + step * HORIZON_DAYS;
  const at = (day: number, i: number): number => closes[day * n + i]!;
  const models = new Map<number, ReturnType<typeof buildRiskModel>>();
  const built = (step: number) => {
    const refit = step - (step % REFIT_STEPS);
    let model = models.get(refit);
    if (model === undefined) {
      const until = dayOf(refit) + 1;
      model = buildRiskModel({
        dates: Array.from({ length: until }, (_, day) => `${day}`),
        instruments: names,
        closes: closes.slice(0, until * n),
        sectors: names.map(() => null),
      });
      models.set(refit, model);
    }
    return model;
  };
  const regime = (step: number) => built(step).model.regime;
  const model = (step: number): FactorModel => ({ ...built(step).model, id: 'inline' });
  return {
    sources: ['momentum', 'reversal', 'low-volatility'],
    instruments: names,
    steps,
    horizonDays: HORIZON_DAYS,
    regime,
    model,
    sigma: (step) => built(step).volatility,
    realised: (step) => Float64Array.from(names, (_, i) => at(dayOf(step) + HORIZON_DAYS, i) / at(dayOf(step), i) - 1),
    claims: (step) => {
      const day = dayOf(step);
      const scores: Readonly<Record<string, (i: number) => number>> = {
        momentum: (i) => at(day - 21, i) / at(day - LOOK_BACK, i),
        reversal: (i) => -at(day, i) / at(day - 5, i),
        'low-volatility': (i) => -volatility(closes, n, i, day - 63, day),
      };
      return Object.entries(scores).flatMap(([source, score]) =>
        claims(
          source,
          names.map((_, i) => score(i)),
        ),
      );
    },
  };
}

export interface Closes {
  readonly names: readonly string[];
  /** days x names */
  readonly closes: Float64Array;
}

/** The first hundred instruments that have a close on every day; null without the folder. */
export function readCloses(): Closes | null {
  const file = join(process.env['COORDINATION_SHARED'] ?? join(process.cwd(), '..', 'shared'), 'data', 'prices.csv.gz');
  if (!existsSync(file)) return null;
  const [head, ...lines] = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n');
  const rows = lines.map((line) => line.split(','));
  const columns = head!
    .split(',')
    .flatMap((name, column) => (column > 0 && rows.every((row) => row[column]) ? [{ name, column }] : []))
    .slice(0, INSTRUMENTS);
  return {
    names: columns.map(({ name }) => name),
    closes: Float64Array.from(rows.flatMap((row) => columns.map(({ column }) => Number(row[column])))),
  };
}

function claims(source: string, scores: readonly number[]): Claim[] {
  const order = scores.map((score, instrument) => ({ score, instrument })).sort((a, b) => a.score - b.score);
  const quarter = Math.floor(order.length / 4);
  const spoken =
    (direction: 1 | -1) =>
    ({ instrument }: { instrument: number }) => ({
      source,
      instrument,
      direction,
      strength: 1,
      confidence: CONFIDENCE,
    });
  return [...order.slice(0, quarter).map(spoken(-1)), ...order.slice(-quarter).map(spoken(1))];
}

function volatility(closes: Float64Array, n: number, i: number, from: number, to: number): number {
  let squares = 0;
  for (let day = from + 1; day <= to; day++) {
    const change = closes[day * n + i]! / closes[(day - 1) * n + i]! - 1;
    squares += change * change;
  }
  return Math.sqrt(squares / (to - from));
}
