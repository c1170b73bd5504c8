import { coordinate, solve } from '#engine';
import { AS_OF, coordinationInput, DAY_MS, RandomStream } from '#testing';
import { type Subject, synthesisData } from './synthesis-data.js';
import { squaredErrors } from './squared-errors.js';
import { synthesisLoss } from './synthesis-loss.js';
import { tuneSynthesis } from './tune.js';
import { fromTheta, toTheta } from './tuned-parameters.js';

const SOURCES = ['fast', 'slow'];
const START = { zeta: 0.5, halfLifeDays: { fast: 4, slow: 4 } };

/** Two sources whose knowledge fades at rates of its own: what they say is worth 2^(-age / H) of what it was. */
function subjects(seed: number, count: number, halfLives: Readonly<Record<string, number>>): Subject[] {
  const random = new RandomStream(seed);
  return Array.from({ length: count }, () => {
    let realised = random.normal();
    const views = SOURCES.filter(() => random.chance(0.8)).map((source) => {
      const view = { source, score: random.chance(0.5) ? 1 : -1, confidence: 0.6, ageDays: 6 * random.uniform() };
      realised += 0.9 * view.score * view.confidence * Math.pow(2, -view.ageDays / halfLives[source]!);
      return view;
    });
    return { views, realised };
  });
}

/** The same loss by hand, in plain arithmetic. */
function lossByHand(list: readonly Subject[], theta: Float64Array, prior: Float64Array, penalty: number): number {
  const { zeta, halfLifeDays } = fromTheta(theta, SOURCES);
  let total = 0;
  for (const { views, realised } of list) {
    const alpha = alphaByHand(views, zeta, halfLifeDays);
    total += (realised - alpha) * (realised - alpha);
  }
  return total / list.length + penalty * theta.reduce((sum, value, i) => sum + (value - prior[i]!) ** 2, 0);
}

function alphaByHand(views: Subject['views'], zeta: number, halfLifeDays: Readonly<Record<string, number>>): number {
  let [said, odds] = [0, 0];
  for (const { source, score, confidence, ageDays } of views) {
    const kappa = Math.min(confidence * Math.pow(2, -ageDays / halfLifeDays[source]!), 0.99);
    said += (kappa / (1 - kappa)) * score;
    odds += kappa / (1 - kappa);
  }
  return (zeta * said) / (1 + odds);
}

describe('the differentiable synthesis', () => {
  it('has the value of plain arithmetic and the gradient of finite differences', async () => {
    const list = subjects(1, 50, { fast: 1, slow: 8 });
    const prior = toTheta(START, SOURCES);
    const theta = prior.map((value, i) => value + 0.3 * (i - 1));
    const loss = await synthesisLoss(synthesisData(list, SOURCES), prior, 0.01);
    const { value, gradient } = await loss.evaluate(theta);
    loss.dispose();
    // its exponential is good to seven digits
    expect(value).toBeCloseTo(lossByHand(list, theta, prior, 0.01), 6);
    const errors = squaredErrors(synthesisData(list, SOURCES), theta);
    expect(errors.reduce((sum, each) => sum + each, 0) / 50).toBeCloseTo(lossByHand(list, theta, prior, 0), 12);
    expect(gradient).toHaveLength(3);
    gradient.forEach((slope, i) => {
      const moved = (by: number) => theta.map((each, j) => (j === i ? each + by : each));
      const difference = lossByHand(list, moved(1e-5), prior, 0.01) - lossByHand(list, moved(-1e-5), prior, 0.01);
      expect(slope).toBeCloseTo(difference / 2e-5, 6);
    });
  });

  it('says of one instrument what the engine says', () => {
    const views = [
      { source: 'fast', score: 0.8, confidence: 0.45, ageDays: 1 },
      { source: 'slow', score: -0.5, confidence: 0.3, ageDays: 2 },
    ];
    const sigma = 0.02;
    const input = coordinationInput({
      learned: {
        reliability: { fast: 0.5, slow: 0.5 },
        errorCorrelation: [{ a: 'fast', b: 'slow', rho: 0 }],
        zeta: 0.4,
        halfLifeDays: { fast: 1.5, slow: 6 },
      },
      signals: views.map(({ source, score, confidence, ageDays }) => ({
        signalId: source,
        source,
        instrumentId: 'A',
        action: score > 0 ? 'BUY' : 'SELL',
        strength: Math.abs(score),
        confidence: 2 * confidence,
        generatedAt: AS_OF - ageDays * DAY_MS,
        horizonDays: 5,
      })),
      market: {
        requestFacts: [{ instrumentId: 'A', price: 100, volatility: sigma }],
        risk: {
          kind: 'FACTOR_MODEL',
          origin: 'REQUEST',
          model: {
            id: 'inline',
            instruments: ['A'],
            loadings: [[0]],
            factorCovariance: [[1]],
            specificVariance: [sigma * sigma],
            regime: 'NORMAL',
          },
        },
      },
    });
    const result = coordinate(input, solve);
    if ('invalid' in result) throw new Error(result.invalid.kind);
    const alpha = result.contributions.reduce((sum, each) => sum + each.alpha, 0);
    const score = alpha / (sigma * Math.sqrt(5));
    expect(score).toBeCloseTo(alphaByHand(views, 0.4, { fast: 1.5, slow: 6 }), 10);
  });
});

describe('tuning', () => {
  it('finds which source fades, and is better out of sample', async () => {
    const tuning = (await tuneSynthesis(subjects(7, 4000, { fast: 0.7, slow: 20 }), START))!;
    expect(tuning.accepted).toBe(true);
    expect(tuning.outOfSample.tuned).toBeLessThan(tuning.outOfSample.start);
    expect(tuning.parameters.halfLifeDays['fast']).toBeLessThan(2);
    expect(tuning.parameters.halfLifeDays['slow']).toBeGreaterThan(8);
  });

  it('keeps what it started from where nothing is to be found', async () => {
    const random = new RandomStream(1234);
    const noise = subjects(3, 300, { fast: 4, slow: 4 }).map((each) => ({ ...each, realised: random.normal() }));
    const tiny = { ...START, zeta: 1e-4 };
    const tuning = (await tuneSynthesis(noise, tiny, { penalty: 0, steps: 60 }))!;
    expect(tuning.accepted).toBe(false);
    expect(tuning.parameters).toEqual(tiny);
    expect(await tuneSynthesis(noise.slice(0, 99), START)).toBeNull();
  });

  it('takes no subject whose return is missing', () => {
    const list = [{ ...subjects(1, 1, { fast: 1, slow: 1 })[0]!, realised: NaN }];
    expect(synthesisData(list, SOURCES).subjects).toBe(0);
  });
});
