import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { SeededRandom } from '../numerics/index.js';
import { calibrated } from '../signals/index.js';
import {
  chooseCalibration,
  type ConfidenceOutcome,
  isotonicCalibration,
  plattCalibration,
  plattSigmoid,
} from './calibration.js';

/** made by `python libs/engine/accuracy/accuracy_reference.py`; the versions are in it */
const { brier: reference } = JSON.parse(
  readFileSync(new URL('../accuracy/accuracy.reference.json', import.meta.url), 'utf8'),
) as {
  readonly brier: Readonly<Record<'confidence' | 'hit' | 'isotonic' | 'at' | 'isotonic_at' | 'sigmoid_at', number[]>>;
};
const outcomes = reference.confidence.map((confidence, i) => ({ confidence, hit: reference.hit[i] === 1 }));

/** Confidences that come true with a probability of their own. */
function drawn(count: number, probability: (confidence: number) => number, seed = 3): ConfidenceOutcome[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () => {
    const confidence = 0.5 + 0.5 * random.uniform();
    return { confidence, hit: random.uniform() < probability(confidence) };
  });
}

describe('calibration', () => {
  it('by isotonic regression is that of scikit-learn', () => {
    const { points } = isotonicCalibration(outcomes);
    reference.confidence.forEach((p, i) => expect(calibrated(p, points)).toBeCloseTo(reference.isotonic[i]!, 12));
    reference.at.forEach((p, i) => expect(calibrated(p, points)).toBeCloseTo(reference.isotonic_at[i]!, 12));
  });

  it('by the sigmoid is that of scikit-learn', () => {
    const { a, b } = plattSigmoid(outcomes);
    // scikit-learn stops its search at a gradient of 1e-6 or so
    reference.at.forEach((p, i) => expect(1 / (1 + Math.exp(a * p + b))).toBeCloseTo(reference.sigmoid_at[i]!, 4));
  });

  it('never descends, and keeps the mean', () => {
    const outcome = fc.record({ confidence: fc.integer({ min: 0, max: 20 }).map((i) => i / 20), hit: fc.boolean() });
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 1, maxLength: 60 }), (list) => {
        for (const { points } of [isotonicCalibration(list), plattCalibration(list)]) {
          points.forEach(([x, y], i) => {
            expect(x).toBeGreaterThanOrEqual(points[Math.max(0, i - 1)]![0]);
            expect(y).toBeGreaterThanOrEqual(points[Math.max(0, i - 1)]![1]);
          });
        }
        const { points } = isotonicCalibration(list);
        const fitted = list.reduce((sum, { confidence }) => sum + calibrated(confidence, points), 0);
        expect(fitted).toBeCloseTo(list.filter(({ hit }) => hit).length, 9);
      }),
    );
  });

  it('is chosen out of sample: identity where it is right, a map where it is not', () => {
    expect(chooseCalibration(drawn(3000, (p) => p))!.method).toBe('IDENTITY');
    const overconfident = chooseCalibration(drawn(3000, (p) => 0.5 + 0.1 * (p - 0.5)))!;
    expect(overconfident.method).toBe('PLATT');
    expect(calibrated(0.95, overconfident.map!.points)).toBeLessThan(0.6);
    // a step: worthless below 0.75, nearly certain above
    const step = chooseCalibration(drawn(4000, (p) => (p < 0.75 ? 0.5 : 0.97)))!;
    expect(step.method).toBe('ISOTONIC');
    expect(step.logLoss.ISOTONIC).toBeLessThan(step.logLoss.PLATT);
  });

  it('leaves few outcomes, and constant confidence, as they are', () => {
    expect(chooseCalibration(drawn(199, (p) => p))).toBeNull();
    const constant = Array.from({ length: 400 }, (_, i) => ({ confidence: 0.8, hit: i % 2 === 0 }));
    const chosen = chooseCalibration(constant)!;
    expect(calibrated(0.8, chosen.map!.points)).toBeCloseTo(0.5, 2);
  });
});
