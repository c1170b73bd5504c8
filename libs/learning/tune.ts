import { fromTheta, type Theta, toTheta, type TunedParameters } from './tuned-parameters.js';
import { synthesisData, type Subject } from './synthesis-data.js';
import { squaredErrors } from './squared-errors.js';
import { synthesisLoss } from './synthesis-loss.js';

export interface TuningOptions {
  /** of the squared distance of ln zeta and ln half-lives from where they started; default 1e-4 */
  readonly penalty?: number;
  /** steps of the search, default 150 */
  readonly steps?: number;
  /** parts of the history; each but the first is judged by parameters of what came before it. Default 5 */
  readonly folds?: number;
}

export interface Tuning {
  /** of the whole history; the starting ones where tuned ones did not win out of sample */
  readonly parameters: TunedParameters;
  /** mean squared error out of sample, walking forward, of the tuned parameters and of the starting ones */
  readonly outOfSample: { readonly tuned: number; readonly start: number };
  readonly accepted: boolean;
}

/** fewer subjects say nothing of half-lives */
const MIN_SUBJECTS = 100;
const RATE = 0.1;
/** how many standard errors better than the start out of sample: one chance in twenty where nothing is */
const GAIN_Z = 1.645;

/**
 * Tunes the scale of views and the half-lives of sources by the gradient of the synthesis' error (see synthesisLoss), walking forward: parameters are judged on
 * subjects after those that they were fitted to, and taken only where they won there by more than chance (paired, one-sided, 5 %).
 *
 * @param subjects in the order in which their returns became known
 * @param start where the search starts, and what it is drawn to
 * @returns null for fewer than 100 subjects
 */
export async function tuneSynthesis(
  subjects: readonly Subject[],
  start: TunedParameters,
  options: TuningOptions = {},
): Promise<Tuning | null> {
  const { penalty = 1e-4, steps = 150, folds = 5 } = options;
  if (subjects.length < MIN_SUBJECTS) return null;
  const sources = Object.keys(start.halfLifeDays).sort();
  const prior = toTheta(start, sources);
  const fit = (part: readonly Subject[]) => fitTheta(part, sources, prior, penalty, steps);
  const [tuned, started]: [number[], number[]] = [[], []];
  for (let fold = 1; fold < folds; fold++) {
    const from = Math.floor((subjects.length * fold) / folds);
    const next = synthesisData(subjects.slice(from, Math.floor((subjects.length * (fold + 1)) / folds)), sources);
    tuned.push(...squaredErrors(next, await fit(subjects.slice(0, from))));
    started.push(...squaredErrors(next, prior));
  }
  const gains = tuned.map((error, i) => started[i]! - error);
  const accepted = meanOf(gains) > GAIN_Z * standardErrorOf(gains);
  return {
    parameters: accepted ? fromTheta(await fit(subjects), sources) : start,
    outOfSample: { tuned: meanOf(tuned), start: meanOf(started) },
    accepted,
  };
}

const meanOf = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0) / values.length;

function standardErrorOf(values: readonly number[]): number {
  const mean = meanOf(values);
  const squares = values.reduce((total, value) => total + (value - mean) * (value - mean), 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}

/** Adam (Kingma and Ba 2015) with a falling rate: the same data and steps give the same parameters. */
async function fitTheta(
  subjects: readonly Subject[],
  sources: readonly string[],
  prior: Theta,
  penalty: number,
  steps: number,
): Promise<Theta> {
  const loss = await synthesisLoss(synthesisData(subjects, sources), prior, penalty);
  const theta = prior.slice();
  const mean = new Float64Array(theta.length);
  const square = new Float64Array(theta.length);
  let best = { value: Infinity, theta: prior };
  for (let step = 1; step <= steps; step++) {
    const { value, gradient } = await loss.evaluate(theta);
    if (value < best.value) best = { value, theta: theta.slice() };
    const rate = RATE * (1 - step / (steps + 1));
    for (let i = 0; i < theta.length; i++) {
      mean[i] = 0.9 * mean[i]! + 0.1 * gradient[i]!;
      square[i] = 0.99 * square[i]! + 0.01 * gradient[i]! * gradient[i]!;
      const size = Math.sqrt(square[i]! / (1 - Math.pow(0.99, step))) + 1e-12;
      theta[i]! -= (rate * (mean[i]! / (1 - Math.pow(0.9, step)))) / size;
    }
  }
  loss.dispose();
  return best.theta;
}
