import type * as Jax from '@jax-js/jax';
import { loadJax } from './jax.js';
import type { SynthesisData } from './synthesis-data.js';
import type { Theta } from './tuned-parameters.js';

const KAPPA_MAX = 0.99;

interface LossAndGradient {
  readonly value: number;
  readonly gradient: Float64Array;
}

/** A function of theta that is compiled once for its data. */
export interface SynthesisLoss {
  evaluate(theta: Theta): Promise<LossAndGradient>;
  dispose(): void;
}

/**
 * Mean squared error of the synthesis (model, section 2) against what came, in a form that can be differentiated: one instrument at a time, errors of sources
 * uncorrelated. Then omega_s / (tau h sigma^2) = (1 - kappa_s) / kappa_s, and with the odds o_s = kappa_s / (1 - kappa_s)
 *   alpha / (sigma sqrt h) = zeta sum o_s d_s x_s / (1 + sum o_s),   kappa_s = min(c_s r_s m_s 2^(-age / H_s), 0.99),
 * exactly what the engine says of one instrument where nothing correlates. A penalty draws theta to where it started.
 *
 * @param penalty of the squared distance from `prior`, on the scale of the mean squared error
 */
export async function synthesisLoss(data: SynthesisData, prior: Theta, penalty: number): Promise<SynthesisLoss> {
  const jax = await loadJax();
  const { numpy: np, DType } = jax;
  const shape: [number, number] = [data.subjects, data.sources.length];
  const matrix = (values: Float64Array): Jax.Array => np.array(values, { shape, dtype: DType.Float64 });
  const constants = [
    matrix(data.score),
    matrix(data.confidence),
    matrix(data.ageDays),
    np.array(data.realised, { dtype: DType.Float64 }),
    np.array(prior, { dtype: DType.Float64 }),
  ] as const;
  const loss = (
    theta: Jax.Array,
    score: Jax.Array,
    confidence: Jax.Array,
    age: Jax.Array,
    y: Jax.Array,
    from: Jax.Array,
  ) => {
    const zeta = np.exp(theta.ref.slice(0));
    const halfLife = np.exp(theta.ref.slice([1, data.sources.length + 1]));
    const freshness = np.exp2(np.negative(age.div(halfLife)));
    const kappa = np.minimum(confidence.mul(freshness), KAPPA_MAX);
    const odds = kappa.ref.div(np.subtract(1, kappa));
    const said = odds.ref.mul(score).sum(1);
    const alpha = zeta.mul(said).div(odds.sum(1).add(1));
    const error = y.sub(alpha);
    const moved = theta.sub(from);
    return np.mean(error.ref.mul(error)).add(moved.ref.mul(moved).sum().mul(penalty));
  };
  const compiled = jax.jit(jax.valueAndGrad(loss));
  return {
    evaluate: async (theta) => {
      const held = constants.map((each) => each.ref) as [Jax.Array, Jax.Array, Jax.Array, Jax.Array, Jax.Array];
      const [value, gradient] = compiled(np.array(theta, { dtype: DType.Float64 }), ...held);
      // the arrays are of doubles; the declared type names one of half precision too, which not every library of types knows
      const [numbers, slopes] = [(await value.data()) as Float64Array, (await gradient.data()) as Float64Array];
      return { value: numbers[0]!, gradient: slopes };
    },
    dispose: () => {
      compiled.dispose();
      for (const each of constants) each.dispose();
    },
  };
}
