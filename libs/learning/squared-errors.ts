import type { SynthesisData } from './synthesis-data.js';
import { fromTheta, type Theta } from './tuned-parameters.js';

const KAPPA_MAX = 0.99;

/** Of each subject, in plain arithmetic: what the mean of `synthesisLoss` is taken of. */
export function squaredErrors(data: SynthesisData, theta: Theta): Float64Array {
  const { zeta, halfLifeDays } = fromTheta(theta, data.sources);
  const halfLives = data.sources.map((source) => halfLifeDays[source]!);
  return data.realised.map((realised, row) => {
    let [said, odds] = [0, 0];
    halfLives.forEach((halfLife, s) => {
      const at = row * halfLives.length + s;
      const kappa = Math.min(data.confidence[at]! * Math.pow(2, -data.ageDays[at]! / halfLife), KAPPA_MAX);
      said += (kappa / (1 - kappa)) * data.score[at]!;
      odds += kappa / (1 - kappa);
    });
    const error = realised - (zeta * said) / (1 + odds);
    return error * error;
  });
}
